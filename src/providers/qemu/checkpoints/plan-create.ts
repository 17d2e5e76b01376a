import type { ToolInput } from '../../../catalog/types.ts';
import type { CallContext } from '../../../model/call.ts';
import type { PlanStep } from '../../../model/plan.ts';
import { readHardware } from '../../../qemu/checkpoints/read-hardware.ts';
import { tagOf } from '../../../qemu/checkpoints/snapshot-names.ts';
import type { GuestRecord } from '../../../qemu/guest-records.ts';
import type { QemuSession } from '../session.ts';
import { CheckpointPlan } from './checkpoint-plan.ts';
import { nameNext, requireState } from './create-checkpoint.ts';
import { requireMemorySpace } from './save-memory.ts';
import { sweepSnapshots } from './work-on-checkpoints.ts';

export async function planCreate(
  session: QemuSession,
  { vm, disksOnly }: ToolInput<'vm.checkpoint.create'>,
  { signal }: CallContext,
): Promise<PlanStep[]> {
  const plan = await CheckpointPlan.begin(session, vm);
  const { definition, record } = plan;
  if (record === undefined) {
    const stored = await plan.openStored();
    await sweepSnapshots(session, definition, stored, plan.noteRemoval);
    await noteBegin(plan);
    await stored.save(tagOf(nameNext(definition)));
  } else {
    await planRunning(session, plan, record, disksOnly, signal);
  }
  await plan.noteDefinition('Note the checkpoint.');
  return plan.steps;
}

async function planRunning(
  session: QemuSession,
  plan: CheckpointPlan,
  record: GuestRecord,
  disksOnly: boolean,
  signal: AbortSignal,
): Promise<void> {
  const { definition, folder } = plan;
  const id = nameNext(definition);
  await plan.withLive(record, signal, async (live, guest) => {
    await requireState(definition.name, guest, signal);
    await sweepSnapshots(session, definition, live, plan.noteRemoval);
    if (disksOnly) {
      await noteBegin(plan);
      await live.save(tagOf(id));
      return;
    }
    await requireMemorySpace(folder, await readHardware(guest.qmp, record, definition), record.process.pid);
    await noteBegin(plan);
    await (await plan.openStored()).createMemoryFile(id);
    await live.saveWithMemory(id);
  });
}

function noteBegin(plan: CheckpointPlan): Promise<void> {
  return plan.noteDefinition(`Note that checkpoint ${nameNext(plan.definition)} is being made.`);
}
