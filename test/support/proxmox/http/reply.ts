import type { ServerResponse } from 'node:http';
import type { ApiError } from '../schema/api-error.ts';

const headers = {
  'Cache-Control': 'max-age=0',
  Pragma: 'no-cache',
  Server: 'pve-api-daemon/3.0',
  'Content-Type': 'application/json;charset=UTF-8',
};

export interface Reply {
  readonly status: number;
  readonly reason: string;
  readonly body: string;
}

export function success(data: unknown, extra: Readonly<Record<string, unknown>>): Reply {
  return { status: 200, reason: 'OK', body: JSON.stringify({ data: data ?? null, ...extra }) };
}

/**
 * An error as the real one writes it: what no method has answered (401, 501, 595) has no body, 400 tells each parameter, and before PVE 9 the sentence stands
 * only in the status line.
 */
export function failure(error: ApiError, major: number, bare = false): Reply {
  const { status, message, errors } = error;
  const reason = message.split('\n')[0]?.replace(/[^\x20-\x7e]/g, '?') ?? '';
  if (bare || status >= 595) return { status, reason, body: '' };
  const body = {
    ...(major >= 9 ? { message: `${message}\n` } : {}),
    data: null,
    ...(errors === undefined ? {} : { errors }),
  };
  return { status, reason, body: JSON.stringify(body) };
}

export function send(response: ServerResponse, { status, reason, body }: Reply): void {
  response.writeHead(status, reason, { ...headers, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

/** The head says more than is sent before the line breaks. */
export function sendHalf(response: ServerResponse, { status, reason, body }: Reply): void {
  response.writeHead(status, reason, { ...headers, 'Content-Length': Buffer.byteLength(body) + 1 });
  response.write(body.slice(0, Math.ceil(body.length / 2)), () => response.destroy());
}
