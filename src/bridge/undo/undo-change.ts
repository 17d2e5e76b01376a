import type { ToolInput, ToolOutput } from '../../catalog/types.ts';
import { Fault } from '../../errors/fault.ts';
import type { CallContext } from '../../model/call.ts';
import type { PlanStep } from '../../model/plan.ts';
import type { BridgeServices } from '../bridge-services.ts';
import { describeDifferences, observeMachine } from '../observe-machine.ts';
import type { UndoRecord } from './undo-book.ts';

type Input = ToolInput<'operation.undo'>;

/** Makes the call that undoes a change, once, and only on what the change left behind. */
export async function undoChange(
  services: BridgeServices,
  { handle }: Input,
  call: CallContext,
): Promise<ToolOutput<'operation.undo'>> {
  const { undo, calls } = services;
  const record = await undo.get(handle);
  const { tool, input } = record.inverse;
  await refuseIfChanged(services, record, call);
  // What it would begin with must not cost the handle.
  await calls.plan(tool, input, call);
  await undo.consume(handle);
  const result = await calls.run(tool, input, call);
  return { undone: record.tool, by: tool, result: result as Record<string, unknown> };
}

export async function planUndo(services: BridgeServices, { handle }: Input, call: CallContext): Promise<PlanStep[]> {
  const record = await services.undo.get(handle);
  await refuseIfChanged(services, record, call);
  return (await services.calls.plan(record.inverse.tool, record.inverse.input, call)).steps;
}

/** Where the inverse has nothing left to do, nothing can be lost by it. */
async function refuseIfChanged({ calls }: BridgeServices, record: UndoRecord, call: CallContext): Promise<void> {
  const { after, inverse } = record;
  if (after === undefined || inverse.input.vm === undefined) return;
  const { machine } = (await calls.run('vm.get', { vm: inverse.input.vm }, call)) as { machine: object };
  const differences = describeDifferences(after, observeMachine(machine));
  if (differences.length === 0) return;
  if ((await calls.plan(inverse.tool, inverse.input, call)).steps.length === 0) return;
  throw new Fault('conflict', `What ${record.tool} did can not be undone: the machine has changed since.`, {
    remedy: `Call ${inverse.tool} itself if it is still wanted.`,
    data: { differences, inverse },
  });
}
