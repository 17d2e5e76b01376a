import type { ToolInput } from '../../../catalog/types.ts';
import type { CallContext } from '../../../model/call.ts';
import { type PlanStep, runFolderName } from '../../../model/plan.ts';
import { LiveSnapshots } from '../../../qemu/checkpoints/live-snapshots.ts';
import { mergeHardware } from '../../../qemu/checkpoints/merge-hardware.ts';
import { tagOf, undoTag } from '../../../qemu/checkpoints/snapshot-names.ts';
import { power } from '../../../qemu/guest/power.ts';
import type { GuestRecord } from '../../../qemu/guest-records.ts';
import type { CheckpointHardware, KeptCheckpoint } from '../../../qemu/machines/machine-definition.ts';
import { launchCommand } from '../plans/launch-command.ts';
import type { QemuSession } from '../session.ts';
import { CheckpointPlan } from './checkpoint-plan.ts';
import { requireParts } from './require-parts.ts';
import { chooseCheckpoint } from './restore-checkpoint.ts';
import { canLoad, load } from './restore-running.ts';
import { sweepSnapshots } from './work-on-checkpoints.ts';

export async function planRestore(
  session: QemuSession,
  { vm, checkpoint: reference }: ToolInput<'vm.checkpoint.restore'>,
  call: CallContext,
): Promise<PlanStep[]> {
  const plan = await CheckpointPlan.begin(session, vm);
  const { definition, record } = plan;
  const checkpoint = chooseCheckpoint(definition, reference, record !== undefined);
  if (record === undefined) {
    const stored = await plan.openStored();
    const tags = await sweepSnapshots(session, definition, stored, plan.noteRemoval);
    await requireParts(session, definition, checkpoint, tags);
    await planStopped(session, plan, checkpoint, call);
  } else if (!(await planRunning(session, plan, record, checkpoint, call))) {
    await planStopped(session, plan, checkpoint, call);
  }
  return plan.steps;
}

/** Whether the memory is loaded into the QEMU that runs; else the plan ends with that one switched off. */
function planRunning(
  session: QemuSession,
  plan: CheckpointPlan,
  record: GuestRecord,
  checkpoint: KeptCheckpoint,
  { signal }: CallContext,
): Promise<boolean> {
  const { definition } = plan;
  return plan.withLive(record, signal, async (live, guest, qmp) => {
    const tags = await sweepSnapshots(session, definition, live, plan.noteRemoval);
    await requireParts(session, definition, checkpoint, tags);
    const status = await canLoad(definition, record, checkpoint, guest, signal);
    if (status === undefined) {
      await power.quit(qmp, signal);
      return false;
    }
    const keep = () => plan.noteDefinition(describeReturn(checkpoint));
    const stop = () => power.quit(qmp, signal);
    await load(definition, checkpoint, { live, qmp, keep, stop, wasRunning: status === 'running' });
    return true;
  });
}

async function planStopped(
  session: QemuSession,
  plan: CheckpointPlan,
  checkpoint: KeptCheckpoint,
  call: CallContext,
): Promise<void> {
  const { id, hardware } = checkpoint;
  const stored = await plan.openStored();
  await stored.save(undoTag);
  await plan.noteDefinition(`Note that the machine is being returned to ${id}.`);
  if (hardware === undefined) {
    await stored.apply(tagOf(id));
    await plan.noteDefinition(describeReturn(checkpoint));
    await stored.delete(undoTag);
    return;
  }
  await noteLaunch(session, plan, mergeHardware(hardware, plan.definition), call);
  const channel = plan.openLater();
  const live = new LiveSnapshots(channel, plan.definition, plan.folder);
  await live.load(id, () => plan.noteDefinition(describeReturn(checkpoint)));
  await live.delete(undoTag);
  await power.goOn(channel, call.signal);
}

/** A new QEMU on the hardware that the memory was saved on. */
async function noteLaunch(
  session: QemuSession,
  { definition, note }: CheckpointPlan,
  hardware: CheckpointHardware,
  call: CallContext,
): Promise<void> {
  const { command } = await launchCommand(session, definition, call, hardware);
  note({ summary: 'Make a folder for this run.', file: { action: 'create', path: runFolderName } });
  note({ summary: 'Start QEMU on the hardware that the memory was saved on.', command });
}

function describeReturn({ id }: KeptCheckpoint): string {
  return `Note that the machine stands on ${id}.`;
}
