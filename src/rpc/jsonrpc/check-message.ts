import type { Message } from 'vscode-jsonrpc/node';

/** What becomes of a decoded frame: it is dealt with, answered with an error, or passed over in silence. */
export type CheckedMessage =
  | { readonly is: 'message'; readonly message: Message; readonly requestId?: string | number }
  | { readonly is: 'refused'; readonly id: string | number | null; readonly reason: string }
  | { readonly is: 'ignored'; readonly reason: string };

const longestId = 4096;

/** Holds a JSON value against JSON-RPC 2.0 (https://www.jsonrpc.org/specification). */
export function checkMessage(rawMessage: unknown): CheckedMessage {
  if (Array.isArray(rawMessage)) return refuse(null, 'Batches are not accepted; send one message per frame.');
  if (!isRecord(rawMessage)) return refuse(null, 'A message has to be an object.');
  const { jsonrpc, id: rawId, method, params } = rawMessage;
  const id = isId(rawId) ? rawId : null;
  if (jsonrpc !== '2.0') return refuse(id, 'The member "jsonrpc" has to be "2.0".');
  if (method === undefined && ('result' in rawMessage || 'error' in rawMessage)) {
    // An error in answer to an answer could go back and forth for ever.
    return { is: 'ignored', reason: 'An answer came to a request that was never sent.' };
  }
  if (rawId !== undefined && id === null) return refuse(null, 'The member "id" has to be a string or a number.');
  if (typeof method !== 'string') return refuse(id, 'The member "method" has to be a string.');
  if (params !== undefined && params !== null && typeof params !== 'object') {
    return refuse(id, 'The member "params" has to be an object or an array.');
  }
  if (id !== null) return { is: 'message', message: plainMessage({ id, method, params }), requestId: id };
  if (method === '$/cancelRequest' && !(isRecord(params) && isId(params.id))) {
    return { is: 'ignored', reason: 'A $/cancelRequest names no request.' };
  }
  return { is: 'message', message: plainMessage({ method, params }) };
}

/** Only the members that JSON-RPC knows. Some clients send `"params": null` for none. */
function plainMessage(members: { id?: string | number; method: string; params: unknown }): Message {
  const { params, ...rest } = members;
  const message = { jsonrpc: '2.0', ...rest };
  return params === undefined || params === null ? message : Object.assign(message, { params });
}

function refuse(id: string | number | null, reason: string): CheckedMessage {
  return { is: 'refused', id, reason };
}

function isId(value: unknown): value is string | number {
  return typeof value === 'number' || (typeof value === 'string' && value.length <= longestId);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
