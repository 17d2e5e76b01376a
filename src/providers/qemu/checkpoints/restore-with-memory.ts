import type { CallContext } from '../../../model/call.ts';
import { LiveSnapshots } from '../../../qemu/checkpoints/live-snapshots.ts';
import { mergeHardware } from '../../../qemu/checkpoints/merge-hardware.ts';
import { returnTo } from '../../../qemu/checkpoints/return-to.ts';
import { undoTag } from '../../../qemu/checkpoints/snapshot-names.ts';
import type {
  CheckpointHardware,
  KeptCheckpoint,
  MachineDefinition,
} from '../../../qemu/machines/machine-definition.ts';
import type { QmpClient } from '../../../qemu/qmp/qmp-client.ts';
import type { QemuSession } from '../session.ts';
import { startStopped } from '../start-machine.ts';
import { explainLoadFailure } from './explain-failure.ts';

/** Starts a stopped machine on the hardware that its memory was saved on, and loads that before the first step. */
export async function restoreWithMemory(
  session: QemuSession,
  definition: MachineDefinition,
  { id, name }: KeptCheckpoint,
  hardware: CheckpointHardware,
  call: CallContext,
): Promise<void> {
  const { store } = session;
  const prepare = async (qmp: QmpClient) => {
    const live = new LiveSnapshots(qmp, definition, store.folderOf(definition.id));
    try {
      call.progress({ fraction: 0.6, message: 'loading disks and memory' });
      await live.load(id, () => store.change(definition.id, now => returnTo(now, id)));
    } catch (error) {
      throw explainLoadFailure(definition.name, name, error);
    }
    // Where that fails, it is swept with the next checkpoint.
    await live.delete(undoTag).catch(() => {});
  };
  await startStopped(session, definition, call, { hardware: mergeHardware(hardware, definition), prepare });
}
