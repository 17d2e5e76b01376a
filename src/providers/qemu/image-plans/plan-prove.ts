import type { ToolInput } from '../../../catalog/types.ts';
import type { CallContext } from '../../../model/call.ts';
import type { PlanStep } from '../../../model/plan.ts';
import { planProof } from '../../../proof/plan-proof.ts';
import { chooseProof } from '../prove-image.ts';
import type { QemuSession } from '../session.ts';

export async function planImageProof(
  session: QemuSession,
  input: ToolInput<'image.prove'>,
  call: CallContext,
): Promise<PlanStep[]> {
  const { options, services } = chooseProof(session, input, call);
  return planProof(options, { ...services, remember: false });
}
