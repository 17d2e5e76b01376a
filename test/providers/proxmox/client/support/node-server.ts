import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { nodeCertificate, sharedAuthority } from '../../../../support/proxmox/tls/shared-authority.ts';

export interface Asked {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Answer = (asked: Asked, response: ServerResponse, request: IncomingMessage) => unknown;

/** A node that answers what a test says, and counts what arrived: over real TLS, by Node's own server. */
export class NodeServer implements AsyncDisposable {
  /** Requests of which the head has arrived. */
  readonly heads: string[] = [];
  /** Requests of which all has arrived. */
  readonly asked: Asked[] = [];
  readonly server: Server;
  connections = 0;
  answer: Answer;
  /** Called when the head of a request is there; true: the test has dealt with it. */
  onHead: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  readonly #sockets = new Set<Socket>();
  #port = 0;

  private constructor(answer: Answer, options: ServerOptions) {
    this.answer = answer;
    const { cert, key } = nodeCertificate('pve1');
    this.server = createServer({ cert, key, keepAliveTimeout: 5000, ...options });
    this.server.on('request', (request, response) => void this.#serve(request, response));
    this.server.on('tlsClientError', () => {});
    this.server.on('connection', (socket: Socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.on('error', () => {}).once('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(answer: Answer, options: ServerOptions = {}): Promise<NodeServer> {
    const server = new NodeServer(answer, options);
    server.server.listen(0, '127.0.0.1');
    await once(server.server, 'listening');
    server.#port = (server.server.address() as AddressInfo).port;
    return server;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** How many requests of that kind have arrived, even in part. */
  count(method: string, path = ''): number {
    return this.heads.filter(head => head.startsWith(`${method} /api2/json${path}`)).length;
  }

  /** Ends the connection of a request with a reset, below its TLS. */
  reset({ socket: { remotePort } }: IncomingMessage): void {
    for (const socket of this.#sockets) if (socket.remotePort === remotePort) socket.resetAndDestroy();
  }

  /** The power goes: nothing more is answered, and nobody is told. */
  pull(): void {
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    if (!this.server.listening) return;
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.server, 'close');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: target = '', headers } = request;
    this.heads.push(`${method} ${target}`);
    request.on('error', () => {});
    if (this.onHead?.(request, response)) return;
    let body = '';
    request.setEncoding('latin1');
    try {
      for await (const part of request) body += part;
    } catch {
      return;
    }
    const asked = { method, target, headers, body };
    this.asked.push(asked);
    await this.answer(asked, response, request);
  }
}

/** An answer as the API writes it. */
export function reply(response: ServerResponse, data: unknown, status = 200, reason?: string): void {
  if (reason !== undefined) response.statusMessage = reason;
  response.writeHead(status, { 'content-type': 'application/json;charset=UTF-8' });
  response.end(JSON.stringify(data instanceof Error ? { data: null, message: `${data.message}\n` } : { data }));
}

/** The authority that signed the certificate of every `NodeServer`. */
export function caFile(): string {
  return sharedAuthority().caFile;
}
