import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import type { ContractServer } from '../../../../support/proxmox/contract-server.ts';
import type { Value, Values } from '../../../../support/proxmox/schema/check-parameters.ts';
import type { Method } from '../../../../support/proxmox/schema/types.ts';
import type { Answer } from './ask.ts';

/** Calls many methods over one connection, as root with a ticket: some refuse tokens. */
export class Caller implements Disposable {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #server: ContractServer;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(server: ContractServer) {
    this.#server = server;
    const { ticket, CSRFPreventionToken } = server.cluster.tickets.login(
      'root@pam',
      server.rootPassword,
      undefined,
      undefined,
    );
    this.#headers = { Cookie: `PVEAuthCookie=${encodeURIComponent(ticket)}`, CSRFPreventionToken };
  }

  /** Sends values of the schema's names: those of the path there, the others into the query or a form. */
  async call(method: Method, values: Values): Promise<Answer> {
    const inPath = new Set([...method.template.matchAll(/\{([^}]+)\}/g)].map(match => match[1]));
    const path = method.template.replace(/\{([^}]+)\}/g, (_, name: string) =>
      encodeURIComponent(String(values[name] ?? 'sample')),
    );
    const form = new URLSearchParams();
    for (const [name, value] of Object.entries(values)) {
      if (inPath.has(name)) continue;
      for (const item of Array.isArray(value) ? (value as readonly Value[]) : [value]) form.append(name, String(item));
    }
    const inBody = method.verb === 'POST' || method.verb === 'PUT';
    const [host, port] = this.#server.addressOf('pve1').split(':');
    const query = inBody || form.size === 0 ? '' : `?${form}`;
    const type = inBody ? { 'Content-Type': 'application/x-www-form-urlencoded' } : {};
    const sent = request({
      host,
      port,
      agent: this.#agent,
      ca: this.#server.ca,
      method: method.verb,
      path: `/api2/json${path}${query}`,
      headers: { ...this.#headers, ...type },
    });
    sent.end(inBody ? form.toString() : undefined);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const parts: Buffer[] = [];
    for await (const part of response) parts.push(part as Buffer);
    const body = Buffer.concat(parts).toString('utf8');
    const parsed = body.startsWith('{')
      ? (JSON.parse(body) as { data?: unknown; errors?: Record<string, string> })
      : {};
    return {
      status: response.statusCode ?? 0,
      reason: response.statusMessage ?? '',
      body,
      data: parsed.data,
      errors: parsed.errors,
    };
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}
