import { z } from 'zod';
import { approval, approvalId, approvalState } from '../model/approval.ts';
import { defineTool } from './define-tool.ts';

const example = {
  id: 'ap-k3v9x2m1pq',
  state: 'pending' as const,
  tool: 'vm.delete',
  effect: 'destroy' as const,
  target: 'memory:local/web',
  input: { vm: 'web' },
  steps: [{ summary: 'Deleting the machine "web".' }],
  client: 'some assistant',
  askedAt: '2026-03-01T12:00:00.000Z',
  expiresAt: '2026-03-01T12:10:00.000Z',
};

export const approvalList = defineTool({
  id: 'approval.list',
  cmdlet: 'Get-VmbApproval',
  group: 'approval',
  doors: 'people',
  summary: 'List what assistants ask to be allowed to do, newest first.',
  effect: 'read',
  input: z.strictObject({ state: approvalState.optional() }),
  output: z.strictObject({
    approvals: z.array(approval),
    forged: z
      .array(z.string())
      .describe('Ids of records that were not written by vmbridge, or were changed since; they count for nothing.'),
  }),
  main: 'approvals',
  errors: ['unavailable', 'cancelled'],
  examples: [{ title: 'What waits', input: { state: 'pending' }, output: { approvals: [example], forged: [] } }],
});

export const approvalDecide = defineTool({
  id: 'approval.decide',
  cmdlet: 'Resolve-VmbApproval',
  group: 'approval',
  doors: 'people',
  summary: 'Approve or deny what an assistant asks to do; it then makes its call again.',
  effect: 'change',
  idempotent: true,
  undo: {
    irreversible: 'A decision holds until it expires; an approved call that was not made yet can still be denied.',
  },
  input: z.strictObject({ approval: approvalId, decision: z.enum(['approve', 'deny']) }),
  output: z.strictObject({ approval }),
  main: 'approval',
  errors: ['not_found', 'conflict', 'denied', 'unavailable', 'cancelled'],
  examples: [
    {
      title: 'Approve',
      input: { approval: 'ap-k3v9x2m1pq', decision: 'approve' },
      output: { approval: { ...example, state: 'approved', decidedBy: 'ada (cli)' } },
    },
  ],
});
