import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ToolInput } from '../../../catalog/types.ts';
import type { CallContext } from '../../../model/call.ts';
import type { PlanStep } from '../../../model/plan.ts';
import { memoryFileOf, tagOf } from '../../../qemu/checkpoints/snapshot-names.ts';
import type { QemuSession } from '../session.ts';
import { CheckpointPlan } from './checkpoint-plan.ts';
import { findCheckpoint } from './find-checkpoint.ts';
import { sweepSnapshots } from './work-on-checkpoints.ts';

export async function planDelete(
  session: QemuSession,
  { vm, checkpoint }: ToolInput<'vm.checkpoint.delete'>,
  { signal }: CallContext,
): Promise<PlanStep[]> {
  const plan = await CheckpointPlan.begin(session, vm);
  const { definition, record } = plan;
  const { id } = findCheckpoint(definition, checkpoint);
  const begin = () => plan.noteDefinition(`Note that checkpoint ${id} is being deleted.`);
  if (record === undefined) {
    const stored = await plan.openStored();
    await sweepSnapshots(session, definition, stored, plan.noteRemoval);
    await begin();
    await stored.delete(tagOf(id));
  } else {
    await plan.withLive(record, signal, async live => {
      await sweepSnapshots(session, definition, live, plan.noteRemoval);
      await begin();
      await live.closeMemoryFile();
      await live.delete(tagOf(id));
    });
  }
  const memory = join(plan.folder, memoryFileOf(id));
  if (existsSync(memory)) plan.note({ summary: 'Remove its memory.', file: { action: 'delete', path: memory } });
  await plan.noteDefinition('Note that it is gone.');
  return plan.steps;
}
