import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { ContractServer } from '../../../../support/proxmox/contract-server.ts';

export interface Answer {
  readonly status: number;
  readonly reason: string;
  readonly body: string;
  readonly data: unknown;
  readonly errors: Readonly<Record<string, string>> | undefined;
}

export interface AskOptions {
  readonly node?: string;
  readonly json?: boolean;
  readonly raw?: { readonly body: string | Buffer; readonly type: string };
  readonly tls?: object;
}

/** One request to a node of the server, with no more of a client than TLS and HTTP. */
export async function ask(
  server: ContractServer,
  method: string,
  path: string,
  params: object = {},
  headers: Readonly<Record<string, string>> = {},
  options: AskOptions = {},
): Promise<Answer> {
  const [host, port] = server.addressOf(options.node ?? 'pve1').split(':');
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    for (const item of Array.isArray(value) ? value : [value]) form.append(name, String(item));
  }
  const inBody = method === 'POST' || method === 'PUT';
  const query = !inBody && form.size > 0 ? `?${form}` : '';
  const type = options.raw?.type ?? (options.json ? 'application/json' : 'application/x-www-form-urlencoded');
  const sent = request({
    host,
    port,
    method,
    path: `/api2/json${path}${query}`,
    ca: server.ca,
    agent: false,
    headers: { ...headers, ...(inBody ? { 'Content-Type': type } : {}) },
    ...options.tls,
  });
  sent.end(options.raw?.body ?? (inBody ? (options.json ? JSON.stringify(params) : form.toString()) : undefined));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  const body = Buffer.concat(parts).toString('utf8');
  const parsed = body.startsWith('{') ? (JSON.parse(body) as { data?: unknown; errors?: Record<string, string> }) : {};
  return {
    status: response.statusCode ?? 0,
    reason: response.statusMessage ?? '',
    body,
    data: parsed.data,
    errors: parsed.errors,
  };
}
