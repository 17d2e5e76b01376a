import { Fault } from '../../errors/fault.ts';
import { quoteWord } from '../../errors/quote-word.ts';
import type { CallContext } from '../../model/call.ts';
import type { GuestStatus } from '../../qemu/guest.ts';
import type { GuestRecord } from '../../qemu/guest-records.ts';
import { getMachine } from './machines.ts';
import { findRecord } from './present-machine.ts';
import { type ReachedGuest, reachGuest } from './reach-guest.ts';
import type { QemuSession } from './session.ts';

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

/** Uses a guest that has a process, whatever it does; throws `conflict`, with the way out, for one that has ended meanwhile. */
export async function reachLiveGuest<Result>(
  session: QemuSession,
  record: GuestRecord,
  vm: string,
  { signal }: CallContext,
  use: (guest: ReachedGuest) => Promise<Result>,
): Promise<Result> {
  try {
    return await reachGuest(session, record, signal, async guest => {
      try {
        return await use(guest);
      } catch (error) {
        // A QEMU that answers nothing would leave this question open for as long again.
        if (error instanceof Fault && error.code === 'timeout') throw error;
        // Asked only now: before, it would cost every call a question that is seldom needed.
        if (!signal.aborted && (await guest.status()) === 'exited') throw notLive(vm, 'exited');
        throw error;
      }
    });
  } catch (error) {
    if (error instanceof Fault && error.code === 'not_found') throw notLive(vm, 'exited');
    throw error;
  }
}

/** The same for a guest that can be sent keys; throws `conflict` for one that is paused or halted, too. */
export function reachKeyboard<Result>(
  session: QemuSession,
  record: GuestRecord,
  vm: string,
  call: CallContext,
  use: (guest: ReachedGuest) => Promise<Result>,
): Promise<Result> {
  return reachLiveGuest(session, record, vm, call, async guest => {
    const status = await guest.status(call.signal);
    if (!takesKeys.includes(status)) throw notLive(vm, status);
    return use(guest);
  });
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
      ? `Let it go on: vmbridge call vm.resume --vm ${quoteWord(vm)}`
      : `Start it anew: vmbridge call vm.start --vm ${quoteWord(vm)}, or image.boot for a throw-away machine.`;
  return new Fault('conflict', `The machine "${vm}" ${words[status] ?? `is in the state ${status}`}.`, {
    remedy,
    data: { field: 'vm', state: status },
  });
}
