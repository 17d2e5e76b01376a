import type { Log } from '../host/log.ts';
import type { Paths } from '../host/paths.ts';
import type { ProviderRegistry } from '../inventory/provider-registry.ts';
import type { CallContext } from '../model/call.ts';
import type { PlanStep } from '../model/plan.ts';
import type { ApprovalStore } from './approvals/approval-store.ts';
import type { Configuration } from './configuration/schema.ts';
import type { Credentials } from './credentials/credentials.ts';
import type { HostBook } from './hosts/host-book.ts';
import type { Operations } from './operations/registry.ts';
import type { UndoBook } from './undo/undo-book.ts';

/** Makes calls as part of another one: sent on like any other. */
export interface InnerCalls {
  run(tool: string, input: Readonly<Record<string, unknown>>, call: CallContext): Promise<unknown>;
  plan(tool: string, input: Readonly<Record<string, unknown>>, call: CallContext): Promise<{ steps: PlanStep[] }>;
}

/** What one process holds once; made at the first call. */
export interface BridgeServices {
  readonly paths: Paths;
  readonly log: Log;
  readonly configuration: Configuration;
  readonly hosts: HostBook;
  readonly credentials: Credentials;
  readonly operations: Operations;
  readonly approvals: ApprovalStore;
  readonly undo: UndoBook;
  readonly calls: InnerCalls;
  readonly providers: ProviderRegistry;
}
