import { writeAudit } from '../bridge/audit.ts';
import type { Log } from '../host/log.ts';
import { userName } from '../host/user-name.ts';
import type { Tool } from '../tools/define-tool.ts';
import { effectOfCall } from '../tools/derive/effect-of-call.ts';
import { auditInput } from './audit-input.ts';
import type { Caller } from './bridge.ts';

/** One call, to be told to the audit log as it turns out. */
export interface AuditedCall {
  readonly tool: Tool;
  readonly rawInput: unknown;
  readonly caller: Caller;
  /** Of `performance.now()`. */
  readonly startedAt: number;
  /** The approval that let it be made. */
  approval?: string | undefined;
}

/**
 * One line for each change, when it is over or was refused. A call that is answered while its operation goes on has a
 * line with the outcome "running", and the operation's own follows when it ends.
 */
export function auditCall(folder: string, log: Log, call: AuditedCall, outcome: string, operation?: string): void {
  const { tool, rawInput, caller, startedAt } = call;
  if (effectOfCall(tool, rawInput) === 'read') return;
  writeAudit(folder, log, {
    at: new Date().toISOString(),
    door: caller.door,
    user: userName(),
    client: caller.client,
    tool: tool.id,
    input: auditInput(tool, rawInput),
    outcome,
    operation,
    approval: call.approval,
    milliseconds: Math.round(performance.now() - startedAt),
  });
}
