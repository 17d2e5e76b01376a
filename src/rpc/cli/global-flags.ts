import { Fault } from '../../errors/fault.ts';
import { splitList } from '../door-flags.ts';
import type { BridgeFlags } from '../open-bridge.ts';

/** What every command takes, before or after its name. */
export interface GlobalFlags {
  readonly json: boolean;
  readonly readOnly: boolean;
  readonly groups?: string | undefined;
  readonly machines?: string | undefined;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly yes: boolean;
  readonly plan: boolean;
}

/** The flags as data: commander and the words of `call` are both read by it. */
export const globalOptions = [
  { name: 'json', flag: '--json', help: 'print one JSON value on stdout, and nothing else' },
  { name: 'readOnly', flag: '--read-only', help: 'refuse whatever would change anything' },
  { name: 'groups', flag: '--groups', value: '<list>', help: 'offer only these groups of tools, e.g. image,vm' },
  { name: 'machines', flag: '--machines', value: '<patterns>', help: 'touch only these machines, e.g. "qemu:*,web?"' },
  { name: 'quiet', flag: '--quiet', help: 'show no progress' },
  { name: 'verbose', flag: '--verbose', help: 'show the log on stderr' },
  { name: 'yes', flag: '--yes', help: 'go on without asking before something is destroyed' },
  {
    name: 'plan',
    flag: '--plan',
    help: 'tell what would be done, and do nothing (call, start, stop, boot, export, host …)',
  },
] as const;

export function toGlobalFlags(options: Readonly<Record<string, unknown>>): GlobalFlags {
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return {
    json: options.json === true,
    readOnly: options.readOnly === true,
    groups: text(options.groups),
    machines: text(options.machines),
    quiet: options.quiet === true,
    verbose: options.verbose === true,
    yes: options.yes === true,
    plan: options.plan === true,
  };
}

export function toBridgeFlags(flags: GlobalFlags): BridgeFlags {
  return {
    readOnly: flags.readOnly,
    groups: splitList(flags.groups, 'groups'),
    machines: splitList(flags.machines, 'machines'),
    // What went wrong is told by the command line itself; the log would say it twice.
    stderrLevel: flags.verbose ? 'debug' : 'silent',
  };
}

/** The same flags as the other doors take them. */
export function toDoorArguments(flags: GlobalFlags): string[] {
  return [
    ...(flags.readOnly ? ['--read-only'] : []),
    ...(flags.groups === undefined ? [] : [`--groups=${flags.groups}`]),
    ...(flags.machines === undefined ? [] : [`--machines=${flags.machines}`]),
  ];
}

/** Nobody shall think that nothing was done where a command knows no plan. */
export function refusePlan(command: string, flags: GlobalFlags): void {
  if (!flags.plan) return;
  throw new Fault('invalid', `"vmbridge ${command}" can not tell its plan; nothing was done.`, {
    remedy: 'Plan the tool itself: vmbridge call <id> --plan',
    data: { field: 'plan' },
  });
}
