import path from 'node:path';
import { Fault } from '../../errors/fault.ts';
import type { Machine } from '../../model/machine.ts';
import type { GuestStatus } from '../../qemu/guest.ts';
import { type GuestRecord, listGuestRecords } from '../../qemu/guest-records.ts';
import { toMachineState } from './machine-state.ts';
import { reachGuest } from './reach-guest.ts';
import type { QemuSession } from './session.ts';

const prefix = 'qemu:local/';

export function idOf(name: string): string {
  return `${prefix}${name}`;
}

/** The name of a guest is that of its run folder. */
export function nameOf(record: { readonly folder: string }): string {
  return path.basename(record.folder);
}

/** The record of the guest with an id or a name. Throws `not_found`. */
export async function findRecord(session: QemuSession, reference: string): Promise<GuestRecord> {
  const name = reference.startsWith(prefix) ? reference.slice(prefix.length) : reference;
  const records = await listGuestRecords(session.runRoot);
  const found = records.find(record => nameOf(record) === name);
  if (found !== undefined) return found;
  throw new Fault('not_found', `There is no running QEMU machine "${name}".`, {
    remedy: 'See vm.list for those that run.',
    data: { field: 'vm', candidates: records.slice(0, 20).map(record => idOf(nameOf(record))) },
  });
}

export function presentMachine(record: GuestRecord, status: GuestStatus | 'busy'): Machine {
  const name = nameOf(record);
  return {
    id: idOf(name),
    provider: 'qemu',
    host: 'local',
    name,
    kind: 'vm',
    state: status === 'busy' ? 'unknown' : toMachineState(status),
    nativeState: status,
    image: record.image.path,
    processId: record.process.pid,
    startedAt: record.startedAt,
  };
}

/** Asks the guest itself, through its owner in this process or its second channel. */
export async function readMachine(session: QemuSession, record: GuestRecord, signal?: AbortSignal): Promise<Machine> {
  return presentMachine(record, await readStatusOf(session, record, signal));
}

async function readStatusOf(
  session: QemuSession,
  record: GuestRecord,
  signal?: AbortSignal,
): Promise<GuestStatus | 'busy'> {
  try {
    return await reachGuest(session, record, signal, guest => guest.status(signal));
  } catch (error) {
    if (error instanceof Fault && error.code === 'not_found') return 'exited';
    if (signal?.aborted) throw error;
    // One that does not answer must not keep the others from being listed.
    return 'busy';
  }
}
