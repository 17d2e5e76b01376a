import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Account } from '../access/access-store.ts';
import { checkAccess } from '../access/check-access.ts';
import type { Call } from '../http/dispatcher.ts';
import type { FaultDesk } from '../http/faults.ts';
import { authenticate, lookUp } from '../http/respond.ts';
import { ApiError } from '../schema/api-error.ts';
import { checkParameters } from '../schema/check-parameters.ts';
import { Router } from '../schema/router.ts';
import type { Cluster } from '../state/cluster.ts';
import { nameOf } from '../state/guests.ts';
import type { ConsoleDesk, ConsoleTicket, IssueOptions } from '../state/handler.ts';
import { RfbConnection } from './rfb-connection.ts';
import { Screen } from './screen.ts';
import { Terminal, TerminalConnection } from './terminal.ts';

interface Offer {
  readonly kind: 'vnc' | 'term';
  readonly ticket: string;
  readonly password: string;
  readonly user: string;
  readonly vmid: number | undefined;
  readonly node: string;
  readonly until: number;
  readonly websocket: boolean;
}

interface Desk {
  readonly calls: Call[];
  readonly faults: FaultDesk;
}

/** A proxy waits no longer for its client. */
const patience = 10_000;

/** The consoles of all guests: tickets, websockets, and what is behind them. */
export class ConsoleServer implements ConsoleDesk {
  readonly #cluster: Cluster;
  readonly #router: Router;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: offered => (offered.has('binary') ? 'binary' : false),
  });
  readonly #offers = new Map<number, Offer>();
  readonly #screens = new Map<number, Screen>();
  readonly #terminals = new Map<number, Terminal>();
  readonly #open = new Set<WebSocket>();
  #desk: Desk | undefined;
  #count = 0;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#router = new Router(cluster.schema);
  }

  issue(
    kind: 'vnc' | 'term',
    { vmid, node }: { vmid?: number; node: string },
    account: Account,
    { password, isPrefix = false, websocket = kind === 'term' }: IssueOptions = {},
  ): ConsoleTicket {
    const port = 5900 + (this.#count++ % 100);
    const time = Math.floor(Date.now() / 1000)
      .toString(16)
      .toUpperCase();
    const own = `PVEVNC:${time}::${randomBytes(36).toString('base64')}`;
    const ticket = isPrefix ? `${password}:${own}` : own;
    const until = Date.now() + patience;
    this.#offers.set(port, {
      kind,
      ticket,
      password: password ?? ticket,
      user: account.id,
      vmid,
      node,
      until,
      websocket,
    });
    return { port, ticket, cert: this.#cluster.certificateOf(node).cert };
  }

  keys(vmid: number, combination: string): void {
    this.screenOf(vmid).combinations.push(combination);
  }

  screenOf(vmid: number): Screen {
    const screen = this.#screens.get(vmid) ?? new Screen();
    this.#screens.set(vmid, screen);
    return screen;
  }

  terminalOf(vmid: number): Terminal {
    const guest = this.#cluster.guests.get(vmid);
    const terminal = this.#terminals.get(vmid) ?? new Terminal(guest === undefined ? 'node' : nameOf(guest));
    this.#terminals.set(vmid, terminal);
    return terminal;
  }

  /** Where faults come from and calls are written down. */
  watch(desk: Desk): void {
    this.#desk = desk;
  }

  upgrade(node: string, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => {});
    try {
      const offer = this.#take(node, request);
      this.#sockets.handleUpgrade(request, socket, head, client => this.#serve(client, offer));
    } catch (error) {
      const { status, message } = error instanceof ApiError ? error : new ApiError(500, (error as Error).message);
      socket.end(`HTTP/1.1 ${status} ${message.split('\n')[0]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    }
  }

  close(): void {
    for (const client of this.#open) client.terminate();
    this.#sockets.close();
  }

  /** The offer that the ticket opens; each can be taken once. */
  #take(node: string, request: IncomingMessage): Offer {
    const url = new URL(request.url ?? '/', 'https://node');
    const { method, values } = lookUp(this.#router, request.method ?? 'GET', url.pathname.replace('/api2/json', ''));
    const { template, verb } = method;
    const plan = this.#desk?.faults.take({ method: verb, template, node, params: values });
    if (plan !== undefined) throw new ApiError(plan.status ?? 500, plan.reason ?? 'fault');
    const account = authenticate(this.#cluster, request, method);
    const sent = { ...Object.fromEntries(url.searchParams), ...values };
    checkAccess(method, { account, params: sent, permissions: this.#cluster.permissions, store: this.#cluster.access });
    const params = checkParameters(method, sent);
    const port = Number(params.port);
    const offer = this.#offers.get(port);
    if (offer === undefined || offer.until < Date.now())
      throw new ApiError(500, `connection to 127.0.0.1:${port} refused`);
    if (offer.ticket !== params.vncticket || offer.user !== account.id) {
      throw new ApiError(401, 'permission denied - invalid PVEVNC ticket');
    }
    if (offer.vmid !== undefined && offer.vmid !== params.vmid)
      throw new ApiError(401, 'permission denied - invalid PVEVNC ticket');
    this.#offers.delete(port);
    this.#desk?.calls.push({ method: verb, template, params, account: account.id, node, status: 101 });
    return offer;
  }

  #serve(client: WebSocket, offer: Offer): void {
    // That port waits for TLS, and nothing is said until its time is over.
    if (!offer.websocket) {
      client.close();
      return;
    }
    const screen = this.screenOf(offer.vmid ?? 0);
    const send = (bytes: Buffer) => {
      for (let at = 0; at < bytes.length; at += screen.frameBytes)
        client.send(bytes.subarray(at, at + screen.frameBytes));
    };
    const close = () => client.close();
    const guest = this.#cluster.guests.get(offer.vmid ?? 0);
    const connection =
      offer.kind === 'vnc'
        ? new RfbConnection({
            screen,
            password: offer.password,
            name: `QEMU (${guest === undefined ? '' : nameOf(guest)})`,
            send,
            close,
          })
        : new TerminalConnection({
            terminal: this.terminalOf(offer.vmid ?? 0),
            login: `${offer.user}:${offer.ticket}`,
            send,
            close,
          });
    this.#open.add(client);
    client.on('error', () => {});
    client.on('message', data =>
      connection.receive(
        Buffer.isBuffer(data) ? data : Buffer.concat([data].flat().map(part => Buffer.from(part as ArrayBuffer))),
      ),
    );
    client.on('close', () => {
      this.#open.delete(client);
      connection.end();
    });
    if (connection instanceof RfbConnection) void connection.run();
  }
}
