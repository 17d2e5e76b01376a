import type { Fault } from '../errors/fault.ts';
import { allowsMachine, type GuardSettings } from './guard.ts';

/** What a machine's id looks like, e.g. `qemu:local/web`; ids of other things, such as `c1` or `op-…`, do not. */
const machineId = /^[a-z][a-z0-9]*:[^/]*\/(?<name>.+)$/s;
/** Under these keys answers and Faults list machines by id. */
const listKeys: ReadonlySet<string> = new Set(['machines', 'candidates']);

/**
 * An answer without the machines that may not be shown: their ids in lists, and the result of an operation that was about
 * one of them.
 */
export function hideMachines<Value>(settings: GuardSettings, value: Value): Value {
  return settings.machines.length === 0 ? value : (hideIn(settings, value) as Value);
}

/** The same for what a Fault tells to programs. */
export function hideMachinesOf(settings: GuardSettings, fault: Fault): Fault {
  if (settings.machines.length === 0 || fault.data === undefined) return fault;
  return fault.with({ data: hideMachines(settings, fault.data) });
}

function hideIn(settings: GuardSettings, value: unknown): unknown {
  if (Array.isArray(value)) return value.map(item => hideIn(settings, item));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, item]) => key !== 'result' || isShown(settings, item, 'tool' in value ? value.tool : undefined))
      .map(([key, item]) => [key, listKeys.has(key) ? hideIds(settings, item) : hideIn(settings, item)]),
  );
}

function hideIds(settings: GuardSettings, value: unknown): unknown {
  if (!Array.isArray(value)) return hideIn(settings, value);
  return value
    .filter(item => typeof item !== 'string' || isAllowed(settings, item))
    .map(item => hideIn(settings, item));
}

function isAllowed(settings: GuardSettings, id: string): boolean {
  const found = machineId.exec(id);
  return found === null || allowsMachine(settings, { id, name: found.groups?.name });
}

/** `tool` stands beside a result in the records of operations: of one on a machine that is not named nobody knows whose it is. */
function isShown(settings: GuardSettings, result: unknown, tool: unknown): boolean {
  if (result === null || typeof result !== 'object') return true;
  if (!('machine' in result)) return typeof tool !== 'string' || !tool.startsWith('vm.');
  const { id, name } = result.machine as { id?: unknown; name?: unknown };
  return typeof id !== 'string' || allowsMachine(settings, { id, name: typeof name === 'string' ? name : undefined });
}
