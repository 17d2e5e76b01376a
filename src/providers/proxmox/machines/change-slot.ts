import type { ToolId, ToolInput, ToolOutput } from '../../../catalog/types.ts';
import type { CallContext } from '../../../model/call.ts';
import type { Operation, Planner } from '../../define-provider.ts';
import type { TaskEnd } from '../client/client.ts';
import type { ProxmoxSession } from '../session.ts';
import { type Step, showSteps, takeSteps } from './step.ts';

/** A change that has been looked into: nothing is done yet. */
export interface Prepared<Id extends ToolId> {
  readonly steps: readonly Step[];
  /** The answer, once all steps are taken. */
  finish(call: CallContext, ends: readonly TaskEnd[]): Promise<ToolOutput<Id>>;
}

/** Reads what is needed, throws the Fault that the change would begin with, and tells its steps. */
export type Prepare<Id extends ToolId> = (
  session: ProxmoxSession,
  input: ToolInput<Id>,
  call: CallContext,
) => Promise<Prepared<Id>>;

/** The run and the plan of a change, from one description of it. */
export function changeSlot<Id extends ToolId>(
  prepare: Prepare<Id>,
): { run: Operation<ProxmoxSession, Id>; plan: Planner<ProxmoxSession, Id> } {
  return {
    run: async (session, input, call) => {
      const { steps, finish } = await prepare(session, input, call);
      return finish(call, await takeSteps(session, steps, call));
    },
    plan: async (session, input, call) => showSteps(session, (await prepare(session, input, call)).steps),
  };
}
