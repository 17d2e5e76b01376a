import { randomInt, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { ApprovalRequest } from '../../bridge/approvals/approval-store.ts';
import { escapeControls } from '../../errors/escape.ts';
import type { JsonSchema } from '../../tools/derive/json-schema.ts';

/** What a client shows to its user, and the form for the answer. */
export interface ApprovalForm {
  readonly message: string;
  readonly schema: JsonSchema;
}

export type ApprovalAnswer = 'approved' | 'declined' | 'wrong' | 'unanswered';

/** Letters that nobody takes for one another. */
const letters = 'BCDFGHJKLMNPQRSTVWXZ';
const codeLength = 5;
const mostSteps = 12;

/** A code that stands in the message alone: whoever types it has read the message. */
export function makeCode(): string {
  return Array.from({ length: codeLength }, () => letters[randomInt(letters.length)]).join('');
}

/** Without a code, a box to be ticked is enough: the client is known to show forms. */
export function makeForm(request: ApprovalRequest, expiresAt: Date, code: string | undefined): ApprovalForm {
  return {
    message: [describe(request), `It waits until ${expiresAt.toISOString()}.`, askFor(code)].join('\n'),
    schema:
      code === undefined
        ? form('approve', { type: 'boolean', title: 'Approve', description: 'Let it be done.' })
        : form('code', { type: 'string', title: 'Code', description: 'The code at the end of the message.' }),
  };
}

function form(field: string, schema: JsonSchema): JsonSchema {
  return { type: 'object', properties: { [field]: schema }, required: [field] };
}

/** Names in it may come from a model: each part stays on its line. */
function describe({ tool, effect, target, input, steps, client }: ApprovalRequest): string {
  const verb = effect === 'destroy' ? 'destroy something for good' : 'change something';
  const about = target === undefined ? '' : ` It is about ${line(target)}.`;
  const shown = steps.slice(0, mostSteps).map(({ summary, condition }) => {
    return `- ${line(summary)}${condition === undefined ? '' : ` (${line(condition)})`}`;
  });
  const left = steps.length - shown.length;
  return [
    `${line(client ?? 'A program')} asks vmbridge to ${verb}: ${tool}.${about}`,
    `Input: ${line(JSON.stringify(input))}`,
    steps.length === 0 ? 'Nothing would have to be done at present.' : 'What would be done:',
    ...shown,
    ...(left > 0 ? [`- and ${left} more steps`] : []),
  ].join('\n');
}

function askFor(code: string | undefined): string {
  return code === undefined
    ? 'Tick the box to approve it.'
    : `To approve it, type this code: ${code}\nIf you did not ask for this, decline.`;
}

function line(text: string): string {
  const plain = escapeControls(text).replace(/[\n\t\u2028\u2029]/g, ' ');
  return plain.length > 300 ? `${plain.slice(0, 300)}…` : plain;
}

const answerSchema = z.object({
  action: z.enum(['accept', 'decline', 'cancel']),
  content: z.record(z.string(), z.unknown()).nullish(),
});

/** What an answer means. It comes from a client, which may have shown the form to nobody. */
export function judgeAnswer(raw: unknown, code: string | undefined): ApprovalAnswer {
  const { data } = answerSchema.safeParse(raw);
  if (data === undefined || data.action === 'cancel') return 'unanswered';
  if (data.action === 'decline') return 'declined';
  const content = data.content ?? {};
  if (code === undefined) return content.approve === true ? 'approved' : 'wrong';
  return typeof content.code === 'string' && isSame(content.code.trim().toUpperCase(), code) ? 'approved' : 'wrong';
}

function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}
