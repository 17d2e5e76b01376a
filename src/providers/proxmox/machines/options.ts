import { Fault } from '../../../errors/fault.ts';
import type { ParameterValue } from '../client/request.ts';

/** What is no setting of a machine but part of a call, or has a field of its own. */
const reserved: ReadonlySet<string> = new Set(
  'node vmid type digest delete revert force skiplock lock background_delay archive restore unique template start storage'.split(
    ' ',
  ),
);

/** Settings in the provider's own names, as a request takes them. Throws `invalid` for what is none. */
export function checkOptions(
  options: Readonly<Record<string, string | number | boolean>> | undefined,
): Record<string, ParameterValue> {
  const entries = Object.entries(options ?? {});
  const wrong = entries.find(([key]) => !/^[a-z][a-z0-9_-]{0,39}$/i.test(key) || reserved.has(key.toLowerCase()));
  if (wrong === undefined) return Object.fromEntries(entries);
  throw new Fault('invalid', `"${wrong[0].slice(0, 60)}" is no setting of a machine that can be given here.`, {
    remedy: 'See settings in vm.get for those there are.',
    data: { field: 'options', setting: wrong[0].slice(0, 60) },
  });
}

/** Settings of which a plan does not show the value. */
export function secretOptions(keys: readonly string[]): string[] {
  return keys.filter(key => /password|secret|token/i.test(key));
}
