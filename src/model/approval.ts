import { z } from 'zod';
import { planStep } from './plan.ts';
import { timestamp } from './primitives.ts';

export const approvalId = z
  .string()
  .regex(/^ap-[0-9a-z]{10}$/, 'must look like "ap-k3v9x2m1pq"')
  .meta({ refersTo: 'approval' })
  .describe('Id of the approval.');

export const approvalState = z.enum(['pending', 'approved', 'denied']);
export type ApprovalState = z.infer<typeof approvalState>;

/** What a person decides about: one call, exactly as it was planned, on a machine as it was then. */
export const approval = z
  .strictObject({
    id: approvalId,
    state: approvalState,
    tool: z.string(),
    effect: z.enum(['read', 'create', 'change', 'destroy']),
    target: z.string().optional().describe('Id of the machine, or path, that it is about.'),
    input: z.record(z.string(), z.unknown()).describe('Of the call, without secrets.'),
    steps: z.array(planStep).describe('What would be done.'),
    client: z.string().optional().describe('The program that asks.'),
    askedAt: timestamp,
    expiresAt: timestamp,
    decidedBy: z.string().optional().describe('Who approved or denied it.'),
  })
  .meta({ title: 'Approval', columns: ['id', 'state', 'tool', 'target', 'client', 'expiresAt'] });
export type Approval = z.infer<typeof approval>;
