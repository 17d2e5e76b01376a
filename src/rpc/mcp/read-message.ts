import type { JSONRPCNotification, JSONRPCRequest, JSONRPCResponse } from '@modelcontextprotocol/server';

export type RequestId = string | number;

/** What a line means to the transport. */
export type ReadMessage =
  | { readonly kind: 'request'; readonly message: JSONRPCRequest }
  | { readonly kind: 'notification'; readonly message: JSONRPCNotification }
  | { readonly kind: 'response'; readonly message: JSONRPCResponse }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'refused'; readonly id: RequestId | null; readonly code: number; readonly reason: string };

export const parseErrorCode = -32700;
export const invalidRequestCode = -32600;
const invalidParamsCode = -32602;

/** Deeper JSON would overflow the stack of whoever walks it, such as JSON.stringify. */
const deepestNesting = 500;

/**
 * One line as JSON-RPC 2.0 within the bounds that MCP sets: no batches, no null ids, parameters by name. A message that
 * passes holds nothing but the members of its kind, as the SDK drops without an answer what its own schema refuses.
 */
export function readMessage(line: string): ReadMessage {
  let raw: unknown;
  try {
    raw = JSON.parse(line);
  } catch {
    if (line.trim() === '') return { kind: 'ignored' };
    return { kind: 'refused', id: null, code: parseErrorCode, reason: 'Parse error: the line is not JSON.' };
  }
  if (Array.isArray(raw)) return refuse(null, 'a batch is not supported; send one message on each line.');
  if (!isRecord(raw)) return refuse(null, 'a message is a JSON object.');
  return readRecord(raw, line);
}

function readRecord(raw: Record<string, unknown>, line: string): ReadMessage {
  const id = isRequestId(raw.id) ? raw.id : null;
  if (raw.jsonrpc !== '2.0') return refuse(id, '"jsonrpc" must be "2.0".');
  if (raw.method === undefined && ('result' in raw || 'error' in raw)) return readResponse(raw, line, id);
  if (typeof raw.method !== 'string') return refuse(id, '"method" must be a string.');
  if ('id' in raw && id === null) return refuse(null, '"id" must be a string or a whole number.');
  const { params } = raw;
  if (params !== undefined && (params === null || typeof params !== 'object')) {
    return refuse(id, '"params" must be an object.');
  }
  if (isNestedDeeper(line, deepestNesting)) return refuse(id, `nested deeper than ${deepestNesting} levels.`);
  const problem = findParamsProblem(params);
  if (problem !== undefined) {
    return { kind: 'refused', id, code: invalidParamsCode, reason: `Invalid params: ${problem}` };
  }
  return toMessage(id, raw.method, params as Record<string, unknown> | undefined);
}

/** A response is never answered, so that one that means nothing is passed over. */
function readResponse(raw: Record<string, unknown>, line: string, id: RequestId | null): ReadMessage {
  const { result, error } = raw;
  if (id === null || isNestedDeeper(line, deepestNesting)) return { kind: 'ignored' };
  if (isRecord(result)) return { kind: 'response', message: { jsonrpc: '2.0', id, result } };
  if (!isRecord(error) || !Number.isSafeInteger(error.code) || typeof error.message !== 'string')
    return { kind: 'ignored' };
  return {
    kind: 'response',
    message: { jsonrpc: '2.0', id, error: { code: Number(error.code), message: error.message } },
  };
}

function toMessage(id: RequestId | null, method: string, params: Record<string, unknown> | undefined): ReadMessage {
  const rest = params === undefined ? {} : { params };
  return id === null
    ? { kind: 'notification', message: { jsonrpc: '2.0', method, ...rest } }
    : { kind: 'request', message: { jsonrpc: '2.0', id, method, ...rest } };
}

// The members of `params` that belong to the protocol itself, whatever the method.
function findParamsProblem(params: unknown): string | undefined {
  if (params === undefined) return undefined;
  if (!isRecord(params)) return 'they are passed by name, not by position.';
  const meta = params._meta;
  if (meta === undefined) return undefined;
  if (!isRecord(meta)) return '"_meta" must be an object.';
  if (meta.progressToken !== undefined && !isRequestId(meta.progressToken)) {
    return '"progressToken" must be a string or a whole number.';
  }
  const task = meta['io.modelcontextprotocol/related-task'];
  if (task !== undefined && !(isRecord(task) && typeof task.taskId === 'string')) {
    return '"io.modelcontextprotocol/related-task" must hold a "taskId".';
  }
  return undefined;
}

function refuse(id: RequestId | null, reason: string): ReadMessage {
  return { kind: 'refused', id, code: invalidRequestCode, reason: `Invalid request: ${reason}` };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isRequestId(value: unknown): value is RequestId {
  return typeof value === 'string' || Number.isSafeInteger(value);
}

/** Counts brackets outside strings. `json` has been parsed, so that they are known to match. */
function isNestedDeeper(json: string, limit: number): boolean {
  if (json.length <= 2 * limit) return false;
  let depth = 0;
  for (let index = 0; index < json.length; index++) {
    const code = json.charCodeAt(index);
    if (code === 0x22) {
      index = endOfString(json, index);
    } else if (code === 0x5b || code === 0x7b) {
      depth++;
      if (depth > limit) return true;
    } else if (code === 0x5d || code === 0x7d) {
      depth--;
    }
  }
  return false;
}

function endOfString(json: string, start: number): number {
  let end = json.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(json, end)) end = json.indexOf('"', end + 1);
  return end === -1 ? json.length : end;
}

function isEscaped(json: string, index: number): boolean {
  let backslashes = 0;
  while (json.charCodeAt(index - 1 - backslashes) === 0x5c) backslashes++;
  return backslashes % 2 === 1;
}
