import type { ToolInput } from '../../../catalog/types.ts';
import { cancelledFault } from '../../../errors/fault.ts';
import type { CallContext } from '../../../model/call.ts';
import type { QemuSession } from '../session.ts';
import { findCheckpoint } from './find-checkpoint.ts';
import { openStored, withLive } from './reach-snapshots.ts';
import { settlePending } from './settle-pending.ts';
import { sweepSnapshots, workOnCheckpoints } from './work-on-checkpoints.ts';

/** Deletes a checkpoint; those made upon it stay, and are then made upon its parent. */
export async function deleteCheckpoint(
  session: QemuSession,
  { vm, checkpoint }: ToolInput<'vm.checkpoint.delete'>,
  { signal }: CallContext,
): Promise<{ deleted: string }> {
  return workOnCheckpoints(session, vm, signal, async ({ definition, record }) => {
    const { id } = findCheckpoint(definition, checkpoint);
    if (record === undefined) await sweepSnapshots(session, definition, await openStored(session, definition));
    else await withLive(session, definition, record, live => sweepSnapshots(session, definition, live));
    if (signal.aborted) throw cancelledFault(signal, 'Deleting the checkpoint');
    await session.store.change(definition.id, now => ({ ...now, pending: { action: 'delete', checkpoint: id } }));
    await settlePending(session, vm);
    return { deleted: id };
  });
}
