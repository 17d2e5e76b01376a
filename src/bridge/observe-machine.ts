import { canonicalJson } from './canonical-json.ts';

/** What of vm.get's answer counts as the state of a machine: not what passes by itself, such as its process. */
const machineFields = [
  'id',
  'name',
  'state',
  'cpus',
  'memoryBytes',
  'image',
  'networks',
  'node',
  'tags',
  'template',
] as const;
const otherFields = ['hardware', 'disks', 'adapters', 'settings'] as const;

export type Observed = Record<string, unknown>;

/** The state of a machine, to be compared with a later one. */
export function observeMachine(machine: object): Observed {
  return pick(machine, machineFields);
}

/** The same with what it is made of. */
export function observeAnswer(answer: object): Observed {
  const machine: unknown = 'machine' in answer ? answer.machine : undefined;
  return {
    ...(typeof machine === 'object' && machine !== null ? observeMachine(machine) : {}),
    ...pick(answer, otherFields),
  };
}

/** What differs, for people, e.g. `state: "stopped" → "running"`; empty when nothing does. */
export function describeDifferences(before: Observed, after: Observed): string[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap(key => {
    const [old, present] = [before[key], after[key]].map(value => canonicalJson(value ?? 'nothing')) as [
      string,
      string,
    ];
    return old === present ? [] : [`${key}: ${shorten(old)} → ${shorten(present)}`];
  });
}

function pick(value: object, fields: readonly string[]): Observed {
  const found = new Map<string, unknown>(Object.entries(value));
  // As it would be read back from a record.
  return JSON.parse(JSON.stringify(Object.fromEntries(fields.map(field => [field, found.get(field)])))) as Observed;
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
