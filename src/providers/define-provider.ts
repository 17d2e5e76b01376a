import type { ToolId, ToolInput, ToolOutput } from '../catalog/types.ts';
import type { Fault } from '../errors/fault.ts';
import type { CallContext } from '../model/call.ts';
import type { MachineFacts } from '../model/conflict.ts';
import type { ConfiguredHost } from '../model/host.ts';
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

/**
 * `without` lists the fields that cannot be honoured: the dispatcher refuses them when set. Fields that few providers have
 * are marked `optIn` in the declaration, and are refused unless `also` lists them.
 */
export interface DetailedOperation<Session, Id extends ToolId> {
  readonly run: Operation<Session, Id>;
  readonly plan?: Planner<Session, Id>;
  readonly without?: readonly (keyof ToolInput<Id> & string)[];
  readonly also?: readonly (keyof ToolInput<Id> & string)[];
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
  /** True when it has a session for each host of the configuration that names it, instead of one for this machine. */
  readonly remote?: boolean;
  /** Small checks in order; cheap, without side effects. All must pass for the provider to be available. */
  probe(environment: Environment): Promise<ProbeCheck[]>;
  /** Called at the first use: once, or once for each host. */
  open(environment: Environment): Promise<Session> | Session;
  /** Ends what the session still runs. Called once when the bridge closes. */
  close(session: Session): Promise<void> | void;
  /** Ids of the tools that the account and the version at the other end allow; undefined: all of the table. */
  offered?(session: Session, signal: AbortSignal): Promise<readonly string[] | undefined>;
  /** Throws `invalid` for settings of a host that this provider can do nothing with. */
  checkHost?(settings: ConfiguredHost): void;
  /** Tells step by step whether `environment.host` can be reached and signed in to; opens no session. Ends with what fails. */
  testHost?(environment: Environment, signal: AbortSignal): Promise<HostCheck[]>;
  /** What of machines, given by their ids, nothing else may have: their disks and addresses. For finding conflicts. */
  facts?(
    session: Session,
    machines: readonly string[],
    call: { readonly signal: AbortSignal },
  ): Promise<readonly MachineFacts[]>;
  readonly operations: OperationTable<Session>;
}

/** One step of such a test. */
export interface HostCheck extends ProbeCheck {
  /** What the step failed with, where that says more to programs. */
  readonly fault?: Fault | undefined;
}

export function defineProvider<Session>(provider: Provider<Session>): Provider<Session> {
  return provider;
}
