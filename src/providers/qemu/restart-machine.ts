import { Fault } from '../../errors/fault.ts';
import type { CallContext } from '../../model/call.ts';
import type { Machine } from '../../model/machine.ts';
import { power } from '../../qemu/guest/power.ts';
import type { GuestStatus } from '../../qemu/guest.ts';
import type { QmpChannel } from '../../qemu/qmp/qmp-channel.ts';
import { askGuest } from './ask-guest.ts';
import { settleBeforeGoingOn } from './checkpoints/settle-before-going-on.ts';
import { type FoundMachine, findMachine, findRecord, idOf } from './find-machine.ts';
import { readMachine } from './present-machine.ts';
import { type ReachedGuest, reachGuest } from './reach-guest.ts';
import type { QemuSession } from './session.ts';

/** How long a guest may take to shut down before the restart is given up, in milliseconds. */
export const patience = 60_000;

/**
 * Restarts a running machine: the guest shuts down and QEMU, which is told to stay, starts it again. With force it is reset
 * as by the button.
 */
export async function restartMachine(
  session: QemuSession,
  { vm, force }: { readonly vm: string; readonly force: boolean },
  call: CallContext,
): Promise<{ machine: Machine }> {
  await settleBeforeGoingOn(session, vm, call.signal);
  const record = await findRecord(session, vm);
  const found = await findMachine(session, vm);
  const kept = session.find(record.folder);
  const release = kept === undefined ? undefined : session.holdShutdown(record.folder);
  try {
    await reachGuest(session, record, call.signal, async guest => {
      refuseUnasked(await guest.status(call.signal), found.name, force);
      if (!force) await shutDown(guest, found, call);
      await power.reset(guest.qmp, call.signal);
    });
  } finally {
    release?.();
  }
  return { machine: await readMachine(session, await findMachine(session, idOf(found.name)), call.signal) };
}

/** Throws `conflict` for a machine whose guest can not be asked. */
export function refuseUnasked(status: GuestStatus, name: string, force: boolean): void {
  if (status === 'running' || force) return;
  throw new Fault('conflict', `The machine "${name}" is ${status}; its guest can not be asked to restart.`, {
    remedy: 'Restart it with force, or let it go on first.',
    data: { field: 'vm', state: status },
  });
}

/** The parts of a restart that shut the guest down; QEMU stays meanwhile. */
export const shutDownSteps = {
  hold: (qmp: QmpChannel, signal?: AbortSignal) => power.onShutdown(qmp, 'pause', signal),
  letEnd: (qmp: QmpChannel, { definition }: FoundMachine) =>
    power.onShutdown(qmp, definition === undefined ? 'pause' : 'poweroff'),
};

async function shutDown(guest: ReachedGuest, found: FoundMachine, call: CallContext): Promise<void> {
  const { qmp } = guest;
  const { signal } = call;
  await shutDownSteps.hold(qmp, signal);
  try {
    if (await askGuest(guest, patience, call, 'Restarting the machine')) return;
    throw new Fault('timeout', `The guest of "${found.name}" did not shut down within ${patience / 1000} s.`, {
      remedy: 'Restart it with force.',
      data: { field: 'vm' },
    });
  } finally {
    await shutDownSteps.letEnd(qmp, found).catch(() => {});
  }
}
