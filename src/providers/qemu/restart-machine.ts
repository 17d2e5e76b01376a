import { Fault } from '../../errors/fault.ts';
import type { CallContext } from '../../model/call.ts';
import type { Machine } from '../../model/machine.ts';
import { askGuest } from './ask-guest.ts';
import { settleBeforeGoingOn } from './checkpoints/settle-before-going-on.ts';
import { type FoundMachine, findMachine, findRecord, idOf } from './find-machine.ts';
import { readMachine } from './present-machine.ts';
import { type ReachedGuest, reachGuest } from './reach-guest.ts';
import type { QemuSession } from './session.ts';

/** How long a guest may take to shut down before the restart is given up, in milliseconds. */
const patience = 60_000;

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
      const status = await guest.status(call.signal);
      if (status !== 'running' && !force) {
        throw new Fault(
          'conflict',
          `The machine "${found.name}" is ${status}; its guest can not be asked to restart.`,
          {
            remedy: 'Restart it with force, or let it go on first.',
            data: { field: 'vm', state: status },
          },
        );
      }
      if (!force) await shutDown(guest, found, call);
      await guest.qmp.execute('system_reset', {}, call.signal);
      await guest.qmp.execute('cont', {}, call.signal);
    });
  } finally {
    release?.();
  }
  return { machine: await readMachine(session, await findMachine(session, idOf(found.name)), call.signal) };
}

async function shutDown(guest: ReachedGuest, { name, definition }: FoundMachine, call: CallContext): Promise<void> {
  const { qmp } = guest;
  const { signal } = call;
  await qmp.execute('set-action', { shutdown: 'pause' }, signal);
  try {
    if (await askGuest(guest, patience, call, 'Restarting the machine')) return;
    throw new Fault('timeout', `The guest of "${name}" did not shut down within ${patience / 1000} s.`, {
      remedy: 'Restart it with force.',
      data: { field: 'vm' },
    });
  } finally {
    await qmp.execute('set-action', { shutdown: definition === undefined ? 'pause' : 'poweroff' }).catch(() => {});
  }
}
