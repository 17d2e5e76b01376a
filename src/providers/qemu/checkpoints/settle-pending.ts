import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { removeCheckpoint, stopPending } from '../../../qemu/checkpoints/checkpoint-tree.ts';
import { returnTo } from '../../../qemu/checkpoints/return-to.ts';
import { awaitLeftJob } from '../../../qemu/checkpoints/run-job.ts';
import { memoryFileOf, tagOf, undoTag } from '../../../qemu/checkpoints/snapshot-names.ts';
import type { GuestRecord } from '../../../qemu/guest-records.ts';
import type { MachineDefinition } from '../../../qemu/machines/machine-definition.ts';
import { findKept } from '../find-machine.ts';
import type { QemuSession } from '../session.ts';
import { type KeptMachine, openStored, withLive } from './reach-snapshots.ts';

type Pending = NonNullable<MachineDefinition['pending']>;

/**
 * Brings a machine in order at whose checkpoints something failed, or somebody worked who was killed: what was being made
 * is removed, what was being deleted is deleted, and a machine that was returned to a checkpoint stands on it or on what
 * it was before. The caller has the machine to itself.
 */
export async function settlePending(session: QemuSession, vm: string): Promise<KeptMachine> {
  const { definition, record } = await findKept(session, vm);
  const { pending } = definition;
  if (pending === undefined) return findKept(session, vm);
  if (record === undefined || (await settleRunning(session, definition, record, pending)) === 'broken') {
    await settleStopped(session, definition, pending);
  }
  return findKept(session, vm);
}

async function settleRunning(
  session: QemuSession,
  definition: MachineDefinition,
  record: GuestRecord,
  { action, checkpoint }: Pending,
): Promise<'settled' | 'broken'> {
  const { id } = definition;
  const { store } = session;
  const outcome = await withLive(session, definition, record, async (live, guest) => {
    const onSuccess = async () => {
      if (action === 'restore') await store.change(id, now => returnTo(now, checkpoint));
    };
    const job = await awaitLeftJob(guest.qmp, onSuccess);
    await live.closeMemoryFile();
    if (action === 'restore' && job === 'failed') {
      // Its disks are the checkpoint's, perhaps, and its memory nobody's.
      await guest.stop({ acpiMs: 0 });
      return 'broken';
    }
    if (action === 'restore') {
      await store.change(id, stopPending);
      await live.delete(undoTag);
    } else {
      await live.delete(tagOf(checkpoint));
      await conclude(session, id, { action, checkpoint });
    }
    return 'settled';
  });
  if (outcome === 'broken') await session.find(record.folder)?.cleaned;
  return outcome;
}

async function settleStopped(session: QemuSession, definition: MachineDefinition, pending: Pending): Promise<void> {
  const { id } = definition;
  const stored = await openStored(session, definition);
  if (pending.action !== 'restore') {
    await stored.delete(tagOf(pending.checkpoint));
    await conclude(session, id, pending);
    return;
  }
  const tags = [...(await stored.list()).values()];
  // Where it is missing somebody has worked on the disks by hand, and they stay as he left them.
  if (tags.every(each => each.includes(undoTag))) await stored.apply(undoTag);
  await session.store.change(id, stopPending);
  await stored.delete(undoTag);
}

/** When the disks have nothing of it any more. */
async function conclude(session: QemuSession, id: string, { action, checkpoint }: Pending): Promise<void> {
  await rm(join(session.store.folderOf(id), memoryFileOf(checkpoint)), { force: true });
  await session.store.change(id, now => stopPending(action === 'delete' ? removeCheckpoint(now, checkpoint) : now));
}
