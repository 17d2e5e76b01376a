import { parseArgs } from 'node:util';
import { Fault } from '../errors/fault.ts';
import type { BridgeFlags } from './open-bridge.ts';

/** The flags that every door takes. Throws `invalid` naming the flag. */
export function parseDoorFlags(rawArguments: readonly string[]): BridgeFlags {
  try {
    const { values } = parseArgs({
      args: [...rawArguments],
      options: { 'read-only': { type: 'boolean' }, groups: { type: 'string' }, machines: { type: 'string' } },
    });
    return {
      readOnly: values['read-only'],
      groups: splitList(values.groups, 'groups'),
      machines: splitList(values.machines, 'machines'),
    };
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault('invalid', `Bad usage: ${error instanceof Error ? error.message : String(error)}`, {
      remedy: 'See "vmbridge --help".',
      cause: error,
    });
  }
}

/**
 * `a,b` as a list; absent stays absent. Throws `invalid` for a list without items: an empty variable in a script must not
 * lift a limit.
 */
export function splitList(value: string | undefined, flag: string): string[] | undefined {
  if (value === undefined) return undefined;
  const items = value
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== '');
  if (items.length > 0) return items;
  throw new Fault('invalid', `The flag --${flag} names nothing.`, {
    remedy: `Name at least one after --${flag}, or leave it out.`,
    data: { field: flag },
  });
}
