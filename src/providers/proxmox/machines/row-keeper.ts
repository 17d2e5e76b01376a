import type { Machine } from '../../../model/machine.ts';
import { flagOf, type ReplyRecord } from '../reply-values.ts';
import { type MachinePlace, presentMachine } from './present-machine.ts';

/**
 * Gives the machine of the last list again where its row says the same: of thousands few have changed since, and new objects
 * for all of them cost the garbage collector more than anything else about a list. Machines in lists are never written to.
 */
export class RowKeeper {
  #rows = new Map<number, Machine>();
  #identity: string | undefined;
  #next = new Map<number, Machine>();

  present(row: ReplyRecord, place: MachinePlace): Machine {
    if (place.identity !== this.#identity) {
      this.#rows.clear();
      this.#identity = place.identity;
    }
    const known = this.#rows.get(place.vmid);
    const machine = known !== undefined && isSame(known, row, place) ? known : presentMachine(row, place);
    this.#next.set(place.vmid, machine);
    return machine;
  }

  /** The list is whole: what was not in it is forgotten. */
  turn(): void {
    this.#rows = this.#next;
    this.#next = new Map();
  }
}

/** Only what is exactly as expected is taken for the same; all else is presented anew. */
function isSame(machine: Machine, row: ReplyRecord, { node, type }: MachinePlace): boolean {
  return (
    machine.name === row.name &&
    machine.nativeState === (row.qmpstatus ?? row.status) &&
    machine.node === node &&
    machine.cpus === row.maxcpu &&
    machine.memoryBytes === row.maxmem &&
    (machine.kind === 'vm') === (type === 'qemu') &&
    (machine.template === true) === flagOf(row.template) &&
    machine.lock === row.lock &&
    (machine.tags?.join(';') ?? '') === (row.tags ?? '')
  );
}
