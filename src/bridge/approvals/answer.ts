import type { ToolInput, ToolOutput } from '../../catalog/types.ts';
import { userName } from '../../host/user-name.ts';
import type { Approval } from '../../model/approval.ts';
import type { CallContext } from '../../model/call.ts';
import type { PlanStep } from '../../model/plan.ts';
import type { BridgeServices } from '../bridge-services.ts';
import type { ApprovalRecord } from './approval-record.ts';

export async function listApprovals(
  { approvals }: BridgeServices,
  { state }: ToolInput<'approval.list'>,
): Promise<ToolOutput<'approval.list'>> {
  const { records, forged } = await approvals.list();
  return {
    approvals: records.filter(record => state === undefined || record.state === state).map(presentApproval),
    forged,
  };
}

export async function decideApproval(
  { approvals }: BridgeServices,
  { approval, decision }: ToolInput<'approval.decide'>,
  { door }: CallContext,
): Promise<ToolOutput<'approval.decide'>> {
  const state = decision === 'approve' ? 'approved' : 'denied';
  return { approval: presentApproval(await approvals.decide(approval, state, `${userName()} (${door})`)) };
}

/** What the call that waits would do, once it is approved. */
export async function planDecision(
  { approvals }: BridgeServices,
  { approval, decision }: ToolInput<'approval.decide'>,
): Promise<PlanStep[]> {
  const { records } = await approvals.list();
  const found = records.find(({ id }) => id === approval);
  const steps = found === undefined || decision === 'deny' ? [] : found.steps;
  return [{ summary: decision === 'deny' ? 'Refuse the call.' : 'Let the call be made, once.' }, ...steps];
}

export function presentApproval({ version: _v, binding: _b, ...shown }: ApprovalRecord): Approval {
  return shown;
}
