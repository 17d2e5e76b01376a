import {
  type CallToolResult,
  type InputRequiredResult,
  ProtocolError,
  ProtocolErrorCode,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { Bridge } from '../bridge.ts';
import { asFault, toMcpErrorResult } from '../faults.ts';
import { findEntry } from '../tool-list.ts';
import { type Connection, findPerson } from './ask-person.ts';
import { createProgressReporter } from './progress-reporter.ts';
import { findToolId } from './tool-names.ts';

export interface ToolCall {
  readonly name: string;
  readonly arguments?: Record<string, unknown> | undefined;
}

/**
 * Answers `tools/call`. A Fault becomes a result that a model can read; only an unknown name is a protocol error. A call that a
 * person has to approve may be answered with a question, and comes again with the answer.
 */
export async function callTool(
  bridge: Bridge,
  call: ToolCall,
  context: ServerContext,
  client: string | undefined,
  connection: Connection,
): Promise<CallToolResult | InputRequiredResult> {
  const id = findToolId(call.name);
  if (id === undefined) {
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Unknown tool: ${call.name.slice(0, 100)}`);
  }
  const progress = progressListener(context);
  const person = findPerson(context, connection, () => progress?.({ message: 'Waiting for a person.' }));
  try {
    const { signal } = context.mcpReq;
    const output = await bridge.call(id, call.arguments, {
      door: 'mcp',
      signal,
      client,
      progress,
      people: person.people,
    });
    return presentOutput(output, findEntry(id)?.picture);
  } catch (error) {
    const question = person.asked();
    if (question !== undefined) return question;
    const { content, structuredContent, isError } = toMcpErrorResult(asFault(error, `The call of ${id}`));
    return { content: [...content], structuredContent: { ...structuredContent }, isError };
  }
}

/** A picture becomes a block of its own: in the text it would cost a model more than all else, and show it nothing. */
function presentOutput(output: Record<string, unknown>, picture: string | undefined): CallToolResult {
  const { [picture ?? '']: data, ...rest } = output;
  const structuredContent = typeof data === 'string' ? rest : output;
  const text = { type: 'text', text: JSON.stringify(structuredContent) } as const;
  if (typeof data !== 'string') return { content: [text], structuredContent };
  return { content: [{ type: 'image', data, mimeType: 'image/png' }, text], structuredContent };
}

function progressListener({ mcpReq }: ServerContext) {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return undefined;
  return createProgressReporter(note => {
    if (mcpReq.signal.aborted) return;
    const sent = mcpReq.notify({ method: 'notifications/progress', params: { progressToken, ...note } });
    // Progress is a courtesy: a connection that is gone must not fail the work.
    sent.catch(() => {});
  });
}
