import type { ToolInput } from '../../catalog/types.ts';
import { cancelledFault } from '../../errors/fault.ts';
import type { CallContext } from '../../model/call.ts';
import type { Machine } from '../../model/machine.ts';
import type { PlanStep } from '../../model/plan.ts';
import type { InventoryServices } from '../inventory-services.ts';
import { type ActionCall, actionCall } from './action-calls.ts';
import { chooseMachines } from './choose-machines.ts';

/** A plan is read by a person: so many machines are told with their steps, and the rest by their names. */
const mostPlanned = 50;
const mostNamed = 1000;

/** The plans of all machines that are meant, one after the other. */
export async function planBulk(
  services: InventoryServices,
  input: ToolInput<'vm.bulk'>,
  call: CallContext,
): Promise<PlanStep[]> {
  const action = actionCall(input);
  const { machines, missing } = await chooseMachines(services.providers, input, call);
  const steps: PlanStep[] = [];
  for (const machine of machines.slice(0, mostPlanned)) steps.push(...(await planOne(services, action, machine, call)));
  const rest = machines.slice(mostPlanned);
  const named = rest.slice(0, mostNamed).map(({ id }) => ({ summary: `${id}: the same (${action.tool}).` }));
  const unnamed = rest.length - named.length;
  return [
    ...steps,
    ...named,
    ...(unnamed > 0 ? [{ summary: `${unnamed} more machines: the same.` }] : []),
    ...missing.map(({ provider, host, reason }) => ({
      summary: `Machines of ${host === undefined ? provider : `${provider}:${host}`} may be missing here: ${reason}`,
    })),
  ];
}

async function planOne(
  services: InventoryServices,
  { tool, input }: ActionCall,
  { id }: Machine,
  call: CallContext,
): Promise<PlanStep[]> {
  try {
    const steps = await services.plan(tool, { ...input, vm: id }, call);
    if (steps.length === 0) return [{ summary: `${id}: nothing is to be done.` }];
    return steps.map(step => ({ ...step, summary: `${id}: ${step.summary}` }));
  } catch (error) {
    if (call.signal.aborted) throw cancelledFault(call.signal, 'Planning');
    return [{ summary: `${id}: would fail. ${error instanceof Error ? error.message : String(error)}` }];
  }
}
