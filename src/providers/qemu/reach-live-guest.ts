import { Fault } from '../../errors/fault.ts';
import type { CallContext } from '../../model/call.ts';
import type { GuestStatus } from '../../qemu/guest.ts';
import type { GuestRecord } from '../../qemu/guest-records.ts';
import { getMachine } from './machines.ts';
import { findRecord } from './present-machine.ts';
import { type ReachedGuest, reachGuest } from './reach-guest.ts';
import type { QemuSession } from './session.ts';

/** A machine in any of these has QEMU behind it, with a screen. */
export const anyLive: readonly GuestStatus[] = [
  'running',
  'paused',
  'prelaunch',
  'shutdown',
  'suspended',
  'internal-error',
  'io-error',
  'guest-panicked',
  'other',
];

/** QEMU drops keys in all other states; a sleeping guest may wake up from one. */
export const takesKeys: readonly GuestStatus[] = ['running', 'suspended'];

/**
 * The record of a machine that has a process. Throws `conflict` for one that is stopped, and `not_found` where there is
 * none at all.
 */
export async function findLiveRecord(session: QemuSession, vm: string, call: CallContext): Promise<GuestRecord> {
  try {
    return await findRecord(session, vm);
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'not_found') throw error;
    // A machine that is kept while it is stopped has no record of a process.
    await getMachine(session, { vm }, call);
    throw notLive(vm, 'exited');
  }
}

/** Uses a guest that is in one of these states; throws `conflict`, with the way out of it, for one that is not. */
export async function reachLiveGuest<Result>(
  session: QemuSession,
  record: GuestRecord,
  vm: string,
  states: readonly GuestStatus[],
  { signal }: CallContext,
  use: (guest: ReachedGuest) => Promise<Result>,
): Promise<Result> {
  try {
    return await reachGuest(session, record, signal, async guest => {
      const status = await guest.status(signal);
      if (!states.includes(status)) throw notLive(vm, status);
      return await use(guest);
    });
  } catch (error) {
    // It has ended since it was found.
    if (error instanceof Fault && error.code === 'not_found') throw notLive(vm, 'exited');
    throw error;
  }
}

const words: Partial<Readonly<Record<GuestStatus, string>>> = {
  exited: 'is stopped',
  shutdown: 'has shut down',
  paused: 'is paused',
  prelaunch: 'has not started yet',
  'io-error': 'is held by an error of its disk',
  'guest-panicked': 'has panicked',
  'internal-error': 'is held by an error of its accelerator',
};

function notLive(vm: string, status: GuestStatus): Fault {
  const remedy =
    status === 'paused'
      ? `Let it go on: vmbridge call vm.resume --vm "${vm}"`
      : `Start it anew: vmbridge call vm.start --vm "${vm}", or image.boot for a throw-away machine.`;
  return new Fault('conflict', `The machine "${vm}" ${words[status] ?? `is in the state ${status}`}.`, {
    remedy,
    data: { field: 'vm', state: status },
  });
}
