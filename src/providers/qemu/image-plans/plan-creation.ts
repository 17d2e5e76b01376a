import type { ToolInput } from '../../../catalog/types.ts';
import type { CallContext } from '../../../model/call.ts';
import type { PlanStep } from '../../../model/plan.ts';
import { emptyArguments } from '../../../qemu/img/create-empty.ts';
import { prepareCreation } from '../create-image.ts';
import type { QemuSession } from '../session.ts';
import { planMaking } from './plan-making.ts';

export async function planCreation(
  session: QemuSession,
  input: ToolInput<'image.create'>,
  { signal }: CallContext,
): Promise<PlanStep[]> {
  const { target, shape, virtualSize, engine, backing } = await prepareCreation(session, input, signal);
  return planMaking(target, shape.format, (_folder, name) => [
    {
      summary: `Make an image of ${virtualSize} bytes.`,
      command: [engine.img, ...emptyArguments(shape, virtualSize, name, backing)],
    },
  ]);
}
