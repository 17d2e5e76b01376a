import { z } from 'zod';
import { timestamp } from './primitives.ts';

export const checkpoint = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    createdAt: timestamp,
    parent: z.string().optional().describe('Id of the checkpoint that this one was made upon.'),
    current: z.boolean().describe('True when the machine stands on it now.'),
    memory: z.boolean().describe('True when memory is part of it, so that a restore returns to a running machine.'),
  })
  .meta({ title: 'Checkpoint', columns: ['name', 'createdAt', 'current', 'memory', 'id'] });
export type Checkpoint = z.infer<typeof checkpoint>;

export const checkpointName = z
  .string()
  .min(1)
  .max(80)
  .regex(/^[^\p{Cc}]+$/u, 'must not contain control characters');
export const checkpointReference = z
  .string()
  .min(1)
  .max(200)
  .meta({ refersTo: 'checkpoint' })
  .describe('Id of the checkpoint, or its unique name.');
