import type { InventoryConflict, MachineFacts } from '../../model/conflict.ts';
import type { Machine } from '../../model/machine.ts';

/** In these states a machine uses neither its disks nor its addresses. */
const idle: ReadonlySet<string> = new Set(['stopped', 'saved']);

/** Disks, addresses and UUIDs that several machines have. Two roads to one machine are one machine. */
export function findSharedFacts(machines: readonly Machine[], facts: readonly MachineFacts[]): InventoryConflict[] {
  const known = new Map(
    machines.flatMap(machine => [machine.id, ...(machine.otherIds ?? [])].map(id => [id, machine])),
  );
  const disks = new Owners();
  const macs = new Owners();
  const uuids = new Owners();
  for (const fact of facts) {
    const machine = known.get(fact.id);
    if (machine === undefined) continue;
    for (const disk of fact.disks) disks.add(disk, machine);
    for (const mac of fact.macs) macs.add(mac, machine);
    if (fact.uuid !== undefined) uuids.add(fact.uuid, machine);
  }
  return [
    ...disks.shared().map(([disk, owners]) => diskConflict(disk, owners)),
    ...macs.shared().map(([mac, owners]) => macConflict(mac, owners)),
    ...uuids.shared().map(([uuid, owners]) => uuidConflict(uuid, owners)),
  ];
}

/** Who has what; a machine that has something twice has it once. */
class Owners {
  readonly #owners = new Map<string, Set<Machine>>();

  add(thing: string, machine: Machine): void {
    const known = this.#owners.get(thing);
    if (known === undefined) this.#owners.set(thing, new Set([machine]));
    else known.add(machine);
  }

  shared(): [thing: string, owners: Machine[]][] {
    return [...this.#owners].flatMap(([thing, owners]): [string, Machine[]][] =>
      owners.size > 1 ? [[thing, [...owners].sort((a, b) => (a.id < b.id ? -1 : 1))]] : [],
    );
  }
}

function diskConflict(disk: string, owners: readonly Machine[]): InventoryConflict {
  const live = owners.filter(isLive).length;
  return {
    kind: 'disk',
    severity: 'error',
    what: disk,
    machines: owners.map(({ id }) => id),
    reason:
      live > 1
        ? `${live} machines that run write to this disk.`
        : `${owners.length} machines write to this disk; it is destroyed when two of them run.`,
    remedy: live > 1 ? 'Stop all but one now, and check the file system.' : 'Give each a disk of its own.',
  };
}

function macConflict(mac: string, owners: readonly Machine[]): InventoryConflict {
  return {
    kind: 'mac',
    severity: owners.filter(isLive).length > 1 ? 'error' : 'warning',
    what: mac,
    machines: owners.map(({ id }) => id),
    reason: 'These machines have a network card with the same address: in one network neither works reliably.',
    remedy: 'Give one of them another address.',
  };
}

function uuidConflict(uuid: string, owners: readonly Machine[]): InventoryConflict {
  return {
    kind: 'uuid',
    severity: 'warning',
    what: uuid,
    machines: owners.map(({ id }) => id),
    reason: 'These machines show the same UUID to their guests: licences, backups and management take them for one.',
    remedy: 'Give the copy a UUID of its own.',
  };
}

function isLive({ state }: Machine): boolean {
  return !idle.has(state);
}
