import type { MissingPart } from '../../model/inventory.ts';
import type { Machine } from '../../model/machine.ts';
import { placeNameOf } from '../place.ts';

export interface MachineChange {
  /** As it was known before; `machine` may be shown under another of its ids now. */
  readonly id: string;
  /** Names of the fields that are different now. */
  readonly fields: readonly string[];
  readonly machine: Machine;
}

export interface InventoryChange {
  readonly added: readonly Machine[];
  readonly changed: readonly MachineChange[];
  /** Ids. */
  readonly removed: readonly string[];
}

export interface Difference {
  readonly change: InventoryChange;
  /** What is known from now on. */
  readonly machines: ReadonlyMap<string, Machine>;
}

/** What became of the machines since then. Those of a provider or host that does not answer are not gone. */
export function diffMachines(
  before: ReadonlyMap<string, Machine>,
  now: readonly Machine[],
  missing: readonly MissingPart[],
): Difference {
  const machines = new Map(now.map(machine => [machine.id, machine]));
  const roads = new Map(now.flatMap(machine => (machine.otherIds ?? []).map(id => [id, machine] as const)));
  const added = new Set(now.filter(({ id }) => !before.has(id)));
  const changed: MachineChange[] = [];
  const removed: string[] = [];
  for (const [id, old] of before) {
    const present = machines.get(id) ?? findRoad(roads.get(id), added);
    if (present !== undefined) {
      const fields = differentFields(old, present);
      if (fields.length > 0) changed.push({ id, fields, machine: present });
    } else if (!roads.has(id) && isUnreachable(old, missing)) {
      machines.set(id, old);
    } else {
      removed.push(id);
    }
  }
  return { change: { added: [...added], changed, removed }, machines };
}

/** One that is shown by another road now is no new machine, unless that road was shown before. */
function findRoad(machine: Machine | undefined, added: Set<Machine>): Machine | undefined {
  return machine !== undefined && added.delete(machine) ? machine : undefined;
}

function isUnreachable({ id, otherIds = [] }: Machine, missing: readonly MissingPart[]): boolean {
  return [id, ...otherIds].every(road => {
    const name = placeNameOf(road);
    return missing.some(({ provider, host }) =>
      host === undefined ? name.startsWith(`${provider}:`) : name === `${provider}:${host}`,
    );
  });
}

/** That an older row grows older is no news; that it is one is. */
function differentFields(old: Machine, present: Machine): string[] {
  if (old === present) return [];
  const names = new Set([...Object.keys(old), ...Object.keys(present)]) as Set<keyof Machine>;
  return [...names].filter(name => {
    const [a, b] = [old[name], present[name]];
    if (name === 'ageSeconds') return (a === undefined) !== (b === undefined);
    return a !== b && (typeof a !== 'object' || JSON.stringify(a) !== JSON.stringify(b));
  });
}
