import type { ToolId, ToolInput, ToolOutput } from '../catalog/types.ts';
import type { CallContext } from '../model/call.ts';
import type { ProbeCheck } from '../model/provider.ts';
import type { Environment } from './environment.ts';

/** Does what the tool says, or throws a Fault. Input has been parsed; output is checked against the declaration. */
export type Operation<Session, Id extends ToolId> = (
  session: Session,
  input: ToolInput<Id>,
  call: CallContext,
) => Promise<ToolOutput<Id>> | ToolOutput<Id>;

/** `without` lists the fields that cannot be honoured: the dispatcher refuses them when set. */
export interface LimitedOperation<Session, Id extends ToolId> {
  readonly run: Operation<Session, Id>;
  readonly without: readonly (keyof ToolInput<Id> & string)[];
}

/** Keyed by tool id. A slot left out means "not supported"; only the dispatcher says so. */
export type OperationTable<Session> = {
  readonly [Id in ToolId]?: Operation<Session, Id> | LimitedOperation<Session, Id>;
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
