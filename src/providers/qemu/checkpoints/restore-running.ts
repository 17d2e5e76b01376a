import { cancelledFault } from '../../../errors/fault.ts';
import type { CallContext } from '../../../model/call.ts';
import type { LiveSnapshots } from '../../../qemu/checkpoints/live-snapshots.ts';
import { isSameHardware, readHardware } from '../../../qemu/checkpoints/read-hardware.ts';
import { returnTo } from '../../../qemu/checkpoints/return-to.ts';
import { undoTag } from '../../../qemu/checkpoints/snapshot-names.ts';
import type { GuestRecord } from '../../../qemu/guest-records.ts';
import type { KeptCheckpoint, MachineDefinition } from '../../../qemu/machines/machine-definition.ts';
import type { QmpClient } from '../../../qemu/qmp/qmp-client.ts';
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
    const status = await canLoad(definition, record, checkpoint, guest, call.signal);
    if (status !== undefined) {
      call.progress({ fraction: 0.2, message: 'loading disks and memory' });
      const { store } = session;
      const keep = (change: Change) => store.change(definition.id, change);
      const stop = () => guest.stop({ acpiMs: 0 });
      await load(definition, checkpoint, { live, qmp: guest.qmp, keep, stop, wasRunning: status === 'running' });
      return 'loaded';
    }
    call.progress({ fraction: 0.1, message: 'switching the machine off, which has other hardware now' });
    await guest.stop({ acpiMs: 0 });
    return 'stopped';
  });
  if (outcome === 'stopped') await session.find(record.folder)?.cleaned;
  return outcome;
}

/** The state of a machine into whose QEMU the memory can be loaded; nothing for any other. */
export async function canLoad(
  definition: MachineDefinition,
  record: GuestRecord,
  { hardware }: KeptCheckpoint,
  guest: ReachedGuest,
  signal: AbortSignal,
): Promise<'running' | 'paused' | undefined> {
  const status = await guest.status(signal);
  if (status !== 'running' && status !== 'paused') return undefined;
  const fits = hardware && isSameHardware(hardware, await readHardware(guest.qmp, record, definition));
  return fits ? status : undefined;
}

type Change = (definition: MachineDefinition) => MachineDefinition;

export interface Loading {
  readonly live: LiveSnapshots;
  readonly qmp: Pick<QmpClient, 'execute'>;
  readonly keep: (change: Change) => Promise<unknown>;
  readonly stop: () => Promise<unknown>;
  readonly wasRunning: boolean;
}

export async function load(
  definition: MachineDefinition,
  { id, name }: KeptCheckpoint,
  { live, qmp, keep, stop, wasRunning }: Loading,
): Promise<void> {
  try {
    await qmp.execute('stop');
    await live.save(undoTag);
    await keep(now => ({ ...now, pending: { action: 'restore', checkpoint: id } }));
  } catch (error) {
    // Nothing was changed yet.
    if (wasRunning) await qmp.execute('cont').catch(() => {});
    throw error;
  }
  try {
    await live.load(id, () => keep(now => returnTo(now, id)));
  } catch (error) {
    // Half of it may be in the machine's memory. Its disks are put back to what they were when this is cleared up.
    await stop().catch(() => {});
    throw explainLoadFailure(definition.name, name, error);
  }
  await qmp.execute('cont');
  // Where that fails, it is swept with the next checkpoint.
  await live.delete(undoTag).catch(() => {});
}
