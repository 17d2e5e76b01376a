import type { ToolInput } from '../../../catalog/types.ts';
import type { CallContext } from '../../../model/call.ts';
import { type PlanStep, runFolderName } from '../../../model/plan.ts';
import { inspectForBoot, planBoot } from '../../../proof/plan-boot.ts';
import { planStart } from '../../../proof/plan-start.ts';
import { chooseBoot } from '../boot-image.ts';
import { bootServices } from '../boot-services.ts';
import type { QemuSession } from '../session.ts';

export async function planImageBoot(
  session: QemuSession,
  input: ToolInput<'image.boot'>,
  call: CallContext,
): Promise<PlanStep[]> {
  const options = chooseBoot(session, input);
  const inspection = await inspectForBoot(options, call.signal);
  const planned = await planBoot(inspection, options, { ...bootServices(session, call), remember: false });
  return [
    ...(await planStart(planned, call.signal)),
    ...(input.until === 'verdict' ? [{ summary: 'Watch the guest until there is a verdict.' }] : []),
    {
      summary: 'Remove what the machine wrote.',
      file: { action: 'delete', path: runFolderName },
      condition: 'when it has ended',
    },
  ];
}
