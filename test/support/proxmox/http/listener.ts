import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Certificate } from '../tls/authority.ts';

export interface ClientRule {
  /** PEM of the authority of the clients' certificates. */
  readonly ca: string;
  /** PEM of the list of the revoked ones. */
  readonly crl?: string;
}

export interface ListenerOptions {
  readonly certificate: Certificate;
  readonly ca: string;
  readonly clients: ClientRule | undefined;
  readonly onRequest: (request: IncomingMessage, response: ServerResponse) => void;
  readonly onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

/** The door of one node. It can be closed as if the power had gone, and opened again at the same port. */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #sockets = new Set<Duplex>();
  #certificate: Certificate;
  #server: Server | undefined;
  #port = 0;
  /** How many connections there have been. */
  connections = 0;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#certificate = options.certificate;
  }

  get port(): number {
    return this.#port;
  }

  get certificate(): Certificate {
    return this.#certificate;
  }

  async open(): Promise<void> {
    const server = createServer({ ...this.#context(), keepAlive: true, keepAliveTimeout: 5_000 });
    const { clients, onRequest, onUpgrade } = this.#options;
    if (clients !== undefined) Object.assign(server, { requestCert: true, rejectUnauthorized: true });
    server.on('request', onRequest);
    server.on('upgrade', onUpgrade);
    server.on('tlsClientError', () => {});
    server.on('connection', socket => {
      this.connections++;
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** New connections get the new one; old ones go on. */
  change(certificate: Certificate): void {
    this.#certificate = certificate;
    this.#server?.setSecureContext(this.#context());
  }

  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = once(server, 'close');
    server.close();
    this.dropConnections();
    await closed;
  }

  #context() {
    const { cert, key } = this.#certificate;
    const { ca, clients } = this.#options;
    return {
      cert: `${cert}${ca}`,
      key,
      ...(clients === undefined
        ? {}
        : {
            ca: clients.ca,
            requestCert: true,
            rejectUnauthorized: true,
            ...(clients.crl === undefined ? {} : { crl: clients.crl }),
          }),
    };
  }
}
