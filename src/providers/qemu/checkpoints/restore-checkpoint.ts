import type { ToolInput } from '../../../catalog/types.ts';
import { cancelledFault, Fault } from '../../../errors/fault.ts';
import { quoteWord } from '../../../errors/quote-word.ts';
import type { CallContext } from '../../../model/call.ts';
import type { Machine } from '../../../model/machine.ts';
import { returnTo } from '../../../qemu/checkpoints/return-to.ts';
import { tagOf, undoTag } from '../../../qemu/checkpoints/snapshot-names.ts';
import type { KeptCheckpoint, MachineDefinition } from '../../../qemu/machines/machine-definition.ts';
import { findKept, idOf } from '../find-machine.ts';
import { readMachine } from '../present-machine.ts';
import type { QemuSession } from '../session.ts';
import { findCheckpoint } from './find-checkpoint.ts';
import { openStored } from './reach-snapshots.ts';
import { requireParts } from './require-parts.ts';
import { restoreRunning } from './restore-running.ts';
import { restoreWithMemory } from './restore-with-memory.ts';
import { sweepSnapshots, workOnCheckpoints } from './work-on-checkpoints.ts';

/** Returns a machine to a checkpoint: running when that holds memory, else stopped. */
export async function restoreCheckpoint(
  session: QemuSession,
  { vm, checkpoint: reference }: ToolInput<'vm.checkpoint.restore'>,
  call: CallContext,
): Promise<{ machine: Machine }> {
  const restored = await workOnCheckpoints(session, vm, call.signal, async ({ definition, record }) => {
    const checkpoint = chooseCheckpoint(definition, reference, record !== undefined);
    const loaded =
      record !== undefined && (await restoreRunning(session, definition, record, checkpoint, call)) === 'loaded';
    if (!loaded) await restoreStopped(session, definition, checkpoint, call);
    return definition.id;
  });
  const now = await session.store.get(restored);
  return { machine: await readMachine(session, await findKept(session, now === undefined ? vm : idOf(now.name))) };
}

/** The checkpoint that the machine can be returned to now. */
export function chooseCheckpoint(definition: MachineDefinition, reference: string, runs: boolean): KeptCheckpoint {
  const checkpoint = findCheckpoint(definition, reference);
  refuseOtherDisks(definition, checkpoint);
  if (runs && !checkpoint.memory) throw refuseRunning(definition, checkpoint);
  return checkpoint;
}

async function restoreStopped(
  session: QemuSession,
  definition: MachineDefinition,
  checkpoint: KeptCheckpoint,
  call: CallContext,
): Promise<void> {
  const { id, hardware } = checkpoint;
  const stored = await openStored(session, definition);
  await requireParts(session, definition, checkpoint, await sweepSnapshots(session, definition, stored));
  if (call.signal.aborted) throw cancelledFault(call.signal, 'Restoring the checkpoint');
  await stored.save(undoTag);
  await session.store.change(definition.id, now => ({ ...now, pending: { action: 'restore', checkpoint: id } }));
  if (hardware === undefined) {
    await stored.apply(tagOf(id));
    await session.store.change(definition.id, now => returnTo(now, id));
    await stored.delete(undoTag);
  } else {
    await restoreWithMemory(session, definition, checkpoint, hardware, call);
  }
}

function refuseOtherDisks({ name, disks }: MachineDefinition, checkpoint: KeptCheckpoint): void {
  const now = disks.map(({ file }) => file);
  if (now.length === checkpoint.disks.length && now.every(file => checkpoint.disks.includes(file))) return;
  throw new Fault('conflict', `The machine "${name}" has other disks than in its checkpoint "${checkpoint.name}".`, {
    remedy: 'Give it the disks again that it had.',
    data: { field: 'checkpoint', disks: now, needed: checkpoint.disks },
  });
}

function refuseRunning({ name }: MachineDefinition, checkpoint: KeptCheckpoint): Fault {
  return new Fault('conflict', `"${name}" runs, and its checkpoint "${checkpoint.name}" holds no memory.`, {
    remedy: `Stop it first: vmbridge call vm.stop --vm ${quoteWord(idOf(name))}`,
    data: { field: 'vm', state: 'running' },
  });
}
