import { cancelledFault, Fault } from '../../../errors/fault.ts';
import type { CallContext } from '../../../model/call.ts';
import type { PlanStep } from '../../../model/plan.ts';
import type { TaskEnd } from '../client/client.ts';
import { type ProxmoxRequest, planRequest } from '../client/request.ts';
import type { Guest, ProxmoxSession } from '../session.ts';

/** One request of a change. A plan shows it and a run sends it, so that both are always the same. */
export interface Step {
  /** In one line for people. */
  readonly summary: string;
  /** What goes on meanwhile, e.g. "Starting the machine". */
  readonly what: string;
  readonly request: ProxmoxRequest;
  /** Parameters whose values a plan does not show. */
  readonly secret?: readonly string[];
  /** False for what never starts a task, and is done when it is answered. */
  readonly task?: false;
  /** When it is taken, where it may not be: told by a plan, and decided by `isNeeded` when it is its turn. */
  readonly condition?: string;
  readonly isNeeded?: (call: CallContext) => Promise<boolean>;
  /** True when a failed task is no failure of the change: the next step makes up for it. */
  readonly mayFail?: boolean;
  /** Puts the failure of its task into the caller's words. */
  readonly explain?: (fault: Fault) => Fault;
}

/** What stands in the path of every request about a machine. */
export function at({ node, type, vmid }: Pick<Guest, 'node' | 'type' | 'vmid'>) {
  return { node, type, vmid };
}

export function showSteps({ host }: ProxmoxSession, steps: readonly Step[]): PlanStep[] {
  return steps.map(({ summary, request, secret = [], condition }) => {
    const params = Object.entries(request.params ?? {}).map(([name, value]) => [
      name,
      secret.includes(name) && value !== undefined ? '<secret>' : value,
    ]);
    const shown = planRequest(host, { ...request, params: Object.fromEntries(params) }, summary);
    return condition === undefined ? shown : { ...shown, condition };
  });
}

/** Takes the steps in order; gives the ends of their tasks. */
export async function takeSteps(
  session: ProxmoxSession,
  steps: readonly Step[],
  call: CallContext,
): Promise<TaskEnd[]> {
  const ends: TaskEnd[] = [];
  for (const step of steps) {
    if (call.signal.aborted) throw cancelledFault(call.signal, step.what);
    if (step.isNeeded !== undefined && !(await step.isNeeded(call))) continue;
    const end = await takeStep(session, step, call);
    if (end !== undefined) ends.push(end);
  }
  return ends;
}

/** Sends the request and follows its task to the end, where it starts one. */
export async function takeStep(
  { client }: ProxmoxSession,
  { request, what, task, mayFail = false, explain }: Step,
  call: CallContext,
): Promise<TaskEnd | undefined> {
  try {
    if (task !== false) return await client.runTask(request, call, { what });
    await client.send(request, { signal: call.signal });
    return undefined;
  } catch (error) {
    const isFailure = !call.signal.aborted && error instanceof Fault && error.code === 'failed';
    // Only a task that has run to its end has failed at what it was for.
    if (isFailure && mayFail && error.data?.exitStatus !== undefined) return undefined;
    throw isFailure && explain !== undefined ? explain(error) : error;
  }
}

/** The lines of the tasks' logs that warn. */
export function warningsOf(ends: readonly TaskEnd[]): { warnings?: string[] } {
  // WARN: no efidisk configured! Using temporary efivars disk.
  const warnings = ends.flatMap(({ log }) => log.filter(line => /^WARN(ING)?S?:/i.test(line)));
  return warnings.length === 0 ? {} : { warnings };
}
