import { z } from 'zod';
import { faultReport } from './fault-report.ts';
import { timestamp } from './primitives.ts';
import { undoNote } from './undo.ts';

export const operationState = z.enum(['running', 'succeeded', 'failed', 'cancelled']);
export type OperationState = z.infer<typeof operationState>;

const operationColumns = ['id', 'tool', 'state', 'fraction', 'startedAt', 'message'];

/** Work that goes on without a client. */
export const operationSummary = z
  .strictObject({
    id: z.string(),
    tool: z.string(),
    state: operationState,
    startedAt: timestamp,
    finishedAt: timestamp.optional(),
    fraction: z.number().min(0).max(1).meta({ unit: 'fraction' }).optional(),
    message: z.string().optional().describe('What it is doing, or how it ended.'),
  })
  .meta({ title: 'Operation', columns: operationColumns });
export type OperationSummary = z.infer<typeof operationSummary>;

export const operationReport = operationSummary
  .extend({
    processId: z.int().describe('Process that runs it.'),
    result: z.record(z.string(), z.unknown()).optional().describe("The tool's output, once it succeeded."),
    undo: undoNote.optional().describe('How what it did can be undone.'),
    fault: faultReport.optional(),
  })
  .meta({ title: 'Operation', columns: operationColumns });
export type OperationReport = z.infer<typeof operationReport>;

export const operationId = z
  .string()
  .regex(/^op-[0-9a-z]{6,32}$/, 'must look like "op-k3v9x2m1"')
  .meta({ refersTo: 'operation' })
  .describe('Id of the operation.');
