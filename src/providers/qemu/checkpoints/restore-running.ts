import { cancelledFault } from '../../../errors/fault.ts';
import type { CallContext } from '../../../model/call.ts';
import type { LiveSnapshots } from '../../../qemu/checkpoints/live-snapshots.ts';
import { isSameHardware, readHardware } from '../../../qemu/checkpoints/read-hardware.ts';
import { returnTo } from '../../../qemu/checkpoints/return-to.ts';
import { undoTag } from '../../../qemu/checkpoints/snapshot-names.ts';
import type { GuestRecord } from '../../../qemu/guest-records.ts';
import type { KeptCheckpoint, MachineDefinition } from '../../../qemu/machines/machine-definition.ts';
import type { ReachedGuest } from '../reach-guest.ts';
import type { QemuSession } from '../session.ts';
import { explainLoadFailure } from './explain-failure.ts';
import { withLive } from './reach-snapshots.ts';
import { requireParts } from './require-parts.ts';
import { sweepSnapshots } from './work-on-checkpoints.ts';

/** Loads the memory into the QEMU that runs. One with other hardware, or that can not go on, is switched off instead. */
export async function restoreRunning(
  session: QemuSession,
  definition: MachineDefinition,
  record: GuestRecord,
  checkpoint: KeptCheckpoint,
  call: CallContext,
): Promise<'loaded' | 'stopped'> {
  const outcome = await withLive(session, definition, record, async (live, guest) => {
    await requireParts(session, definition, checkpoint, await sweepSnapshots(session, definition, live));
    if (call.signal.aborted) throw cancelledFault(call.signal, 'Restoring the checkpoint');
    const status = await guest.status(call.signal);
    const { hardware } = checkpoint;
    const fits = hardware && isSameHardware(hardware, await readHardware(guest.qmp, record, definition));
    if (fits && (status === 'running' || status === 'paused')) {
      call.progress({ fraction: 0.2, message: 'loading disks and memory' });
      await load(session, definition, checkpoint, live, guest, status === 'running');
      return 'loaded';
    }
    call.progress({ fraction: 0.1, message: 'switching the machine off, which has other hardware now' });
    await guest.stop({ acpiMs: 0 });
    return 'stopped';
  });
  if (outcome === 'stopped') await session.find(record.folder)?.cleaned;
  return outcome;
}

async function load(
  session: QemuSession,
  definition: MachineDefinition,
  { id, name }: KeptCheckpoint,
  live: LiveSnapshots,
  guest: ReachedGuest,
  wasRunning: boolean,
): Promise<void> {
  const { store } = session;
  const { qmp } = guest;
  try {
    await qmp.execute('stop');
    await live.save(undoTag);
    await store.change(definition.id, now => ({ ...now, pending: { action: 'restore', checkpoint: id } }));
  } catch (error) {
    // Nothing was changed yet.
    if (wasRunning) await qmp.execute('cont').catch(() => {});
    throw error;
  }
  try {
    await live.load(id, () => store.change(definition.id, now => returnTo(now, id)));
  } catch (error) {
    // Half of it may be in the machine's memory. Its disks are put back to what they were when this is cleared up.
    await guest.stop({ acpiMs: 0 }).catch(() => {});
    throw explainLoadFailure(definition.name, name, error);
  }
  await qmp.execute('cont');
  // Where that fails, it is swept with the next checkpoint.
  await live.delete(undoTag).catch(() => {});
}
