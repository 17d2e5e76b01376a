import { z } from 'zod';
import { operationSummary } from '../../model/operation.ts';
import type { Tool } from '../define-tool.ts';

/** Seconds that a call of a long tool waits before it answers with the operation alone; clients give up after about 60. */
export const defaultWaitSeconds = 45;

const wait = z
  .number()
  .min(0)
  .max(86_400)
  .default(defaultWaitSeconds)
  .describe('Seconds until only the operation is returned.');

/** The input as it travels: that of the declaration, and `wait` where the call starts an operation. */
export function wireInput(tool: Tool): z.ZodObject {
  return tool.long ? tool.input.extend({ wait }) : tool.input;
}

/** The output as it travels: that of the declaration, or the operation with the result once there is one. */
export function wireOutput(tool: Tool): z.ZodObject {
  return tool.long
    ? z.strictObject({
        operation: operationSummary,
        result: tool.output.optional().describe('Present once the operation succeeded.'),
      })
    : tool.output;
}
