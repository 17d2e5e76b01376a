import path from 'node:path';
import type { ToolInput } from '../../../catalog/types.ts';
import { Fault } from '../../../errors/fault.ts';
import type { CallContext } from '../../../model/call.ts';
import type { PlanStep } from '../../../model/plan.ts';
import { type PlannedRun, planRun } from '../../../proof/campaign/prove-campaign.ts';
import { runServices } from '../proof-run.ts';
import type { QemuSession } from '../session.ts';
import { planImageProof } from './plan-prove.ts';

/** Each is looked into; of the others of a long list the plan gives the names. */
const mostInFull = 10;

export async function planProofs(
  session: QemuSession,
  input: ToolInput<'proof.run'>,
  call: CallContext,
): Promise<PlanStep[]> {
  const { store, isNew, load, tasks } = await planRun(input, runServices(session, call));
  const proofs: PlanStep[] = [];
  for (const [index, task] of tasks.entries()) {
    const summary = `Prove ${task.image}, image ${index + 1} of ${tasks.length}; ${load.parallel} at a time.`;
    proofs.push({ summary });
    if (index < mostInFull) proofs.push(...(await planOne(session, task, call)));
  }
  const report = (name: string): PlanStep => ({
    summary: 'Write a report of all images.',
    file: { action: isNew ? 'create' : 'write', path: path.join(store.folder, name) },
  });
  return [
    ...(isNew
      ? [{ summary: 'Make the folder of the run.', file: { action: 'create' as const, path: store.folder } }]
      : []),
    ...proofs,
    report('junit.xml'),
    report('summary.md'),
  ];
}

/** What keeps one image from being proved is its result, and no reason not to prove the others. */
async function planOne(
  session: QemuSession,
  { image, options, evidenceFolder }: PlannedRun['tasks'][number],
  call: CallContext,
): Promise<PlanStep[]> {
  try {
    return await planImageProof(session, { ...options, image, evidenceFolder }, call);
  } catch (error) {
    if (!(error instanceof Fault) || call.signal.aborted) throw error;
    return [{ summary: `Note that it can not be proved: ${error.message}` }];
  }
}
