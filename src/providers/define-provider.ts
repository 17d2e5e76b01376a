import type { ToolId, ToolInput, ToolOutput } from '../catalog/types.ts';
import type { CallContext } from '../model/call.ts';
import type { PlanStep } from '../model/plan.ts';
import type { ProbeCheck } from '../model/provider.ts';
import type { Environment } from './environment.ts';

/** Does what the tool says, or throws a Fault. Input has been parsed; output is checked against the declaration. */
export type Operation<Session, Id extends ToolId> = (
  session: Session,
  input: ToolInput<Id>,
  call: CallContext,
) => Promise<ToolOutput<Id>> | ToolOutput<Id>;

/**
 * Tells what the operation would do with this input, and does none of it: reads and looks only, and throws the Fault that
 * the operation would begin with. The commands are built by the code that builds them for the operation.
 */
export type Planner<Session, Id extends ToolId> = (
  session: Session,
  input: ToolInput<Id>,
  call: CallContext,
) => Promise<PlanStep[]> | PlanStep[];

/** `without` lists the fields that cannot be honoured: the dispatcher refuses them when set. */
export interface DetailedOperation<Session, Id extends ToolId> {
  readonly run: Operation<Session, Id>;
  readonly plan?: Planner<Session, Id>;
  readonly without?: readonly (keyof ToolInput<Id> & string)[];
}

/** Keyed by tool id. A slot left out means "not supported"; only the dispatcher says so. What changes something has a plan. */
export type OperationTable<Session> = {
  readonly [Id in ToolId]?: Operation<Session, Id> | DetailedOperation<Session, Id>;
};

export interface Provider<Session> {
  /** Also the first part of its machines' ids. */
  readonly id: string;
  readonly title: string;
  readonly platforms: readonly NodeJS.Platform[];
  /** False for those that must be asked for in the configuration (`providers.<id>.enabled`). */
  readonly enabledByDefault: boolean;
  /** Small checks in order; cheap, without side effects. All must pass for the provider to be available. */
  probe(environment: Environment): Promise<ProbeCheck[]>;
  /** Called once, at the first use. */
  open(environment: Environment): Promise<Session> | Session;
  /** Ends what the session still runs. Called once when the bridge closes. */
  close(session: Session): Promise<void> | void;
  readonly operations: OperationTable<Session>;
}

export function defineProvider<Session>(provider: Provider<Session>): Provider<Session> {
  return provider;
}
