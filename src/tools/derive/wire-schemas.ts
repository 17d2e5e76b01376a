import { z } from 'zod';
import { operationSummary } from '../../model/operation.ts';
import { undoNote } from '../../model/undo.ts';
import type { Tool } from '../define-tool.ts';

/** Seconds that a call of a long tool waits before it answers with the operation alone; clients give up after about 60. */
export const defaultWaitSeconds = 45;

/** Said once for all tools where a list of them is paid for, see lean-input.ts. */
export const waitMeaning = 'Seconds until only the operation is returned.';
export const checkpointMeaning = 'Make a checkpoint of the machine first, so that this can be undone.';

const wait = z.number().min(0).max(86_400).default(defaultWaitSeconds).describe(waitMeaning);
const checkpointFirst = z.boolean().default(false).describe(checkpointMeaning);

/** Whether a call of it can be undone by a checkpoint that is made before. */
export function takesCheckpoint({ undo }: Pick<Tool, 'undo'>): boolean {
  return undo !== undefined && 'checkpoint' in undo;
}

/** The input as a person gives it: that of the declaration, and what the bridge itself takes. */
export function givenInput(tool: Tool): z.ZodObject {
  return takesCheckpoint(tool) ? tool.input.extend({ checkpointFirst }) : tool.input;
}

/** The input as it travels: with the time that a call waits for long work. */
export function wireInput(tool: Tool): z.ZodObject {
  return tool.long ? givenInput(tool).extend({ wait }) : givenInput(tool);
}

/** The output as it travels: that of the declaration, or the operation with the result once there is one. */
export function wireOutput(tool: Tool): z.ZodObject {
  const undo = { undo: undoNote.optional() };
  if (tool.long) {
    return z.strictObject({
      operation: operationSummary,
      result: tool.output.optional().describe('Present once the operation succeeded.'),
      ...(tool.undo === undefined ? {} : undo),
    });
  }
  return tool.undo === undefined ? tool.output : tool.output.extend(undo).meta(tool.output.meta() ?? {});
}
