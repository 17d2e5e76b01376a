import { z } from 'zod';
import { timestamp } from './primitives.ts';

/** Work of a host, whoever asked for it. */
export const task = z
  .strictObject({
    id: z.string(),
    host: z.string(),
    node: z.string(),
    kind: z.string().describe('The host\'s own word, e.g. "vzdump".'),
    target: z.string().optional().describe('What it is about, e.g. the number of a machine.'),
    user: z.string(),
    state: z.enum(['running', 'succeeded', 'warnings', 'failed']),
    result: z.string().optional().describe("How it ended, in the host's own words."),
    startedAt: timestamp,
    finishedAt: timestamp.optional(),
  })
  .meta({ title: 'Task', columns: ['startedAt', 'kind', 'target', 'state', 'user', 'id'] });
export type Task = z.infer<typeof task>;

export const taskReference = z
  .string()
  .regex(/^UPID:[^:\s/]+(:[^:\s/]*){6,7}:$/, 'must look like "UPID:pve1:0000A1B2:…:root@pam:"')
  .max(300)
  .meta({ refersTo: 'task' })
  .describe('Id of the task.');
