import type { ApprovalRecord } from '../../bridge/approvals/approval-record.ts';
import { Fault } from '../../errors/fault.ts';

/** A model pays for reading them; a person sees all of them. */
const mostSteps = 30;

/** For a call that waits for a person; `changes` tells why an earlier approval does not hold any more. */
export function approvalNeeded(record: ApprovalRecord, changes: readonly string[]): Fault {
  const since = changes.length === 0 ? '' : ` What was approved before has changed: ${changes.join('; ')}.`;
  return new Fault('approval_required', `${record.tool} ${verb(record)} and needs a person's approval.${since}`, {
    remedy: askPerson(record),
    data: describe(record),
  });
}

/** For a question that brought no approval; with a record where a person may still decide. */
export function nobodyApproved(tool: string, how: string, record?: ApprovalRecord): Fault {
  return new Fault('approval_required', `${tool} was not done: the question for a person's approval ${how}.`, {
    remedy: record === undefined ? 'Make the call again.' : askPerson(record),
    data: record === undefined ? { tool } : describe(record),
  });
}

export function personDeclined(tool: string): Fault {
  return new Fault('denied', `${tool} was not done: a person declined.`, {
    remedy: 'Ask what is wanted instead.',
    data: { tool },
  });
}

export function deniedBefore(record: ApprovalRecord): Fault {
  return new Fault('denied', `${record.tool} was not done: a person denied it.`, {
    remedy: 'Ask what is wanted instead.',
    data: { tool: record.tool, approval: record.id },
  });
}

export function changedMeanwhile(tool: string, changes: readonly string[]): Fault {
  return new Fault(
    'approval_required',
    `${tool} was not done: since it was asked about, this has changed: ${changes.join('; ')}.`,
    {
      remedy: 'Make the call again, to have it approved as things are now.',
      data: { tool, changes: [...changes] },
    },
  );
}

function verb({ effect }: ApprovalRecord): string {
  return effect === 'destroy' ? 'destroys something for good' : 'changes something';
}

function askPerson({ id }: ApprovalRecord): string {
  return `Ask a person to run "vmbridge approval decide ${id} approve" (in PowerShell: Resolve-VmbApproval -Approval ${id} -Decision approve), then make the same call again.`;
}

function describe({ id, tool, effect, target, steps, expiresAt }: ApprovalRecord): Record<string, unknown> {
  return {
    tool,
    effect,
    approval: id,
    expiresAt,
    plan: { tool, effect, ...(target === undefined ? {} : { target }), steps: steps.slice(0, mostSteps) },
    ...(steps.length > mostSteps ? { stepsLeftOut: steps.length - mostSteps } : {}),
  };
}
