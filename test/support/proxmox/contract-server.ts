import { X509Certificate } from 'node:crypto';
import type { AccessStore } from './access/access-store.ts';
import { ConsoleServer } from './console/console-server.ts';
import { allHandlers } from './handlers/index.ts';
import { type Call, Dispatcher } from './http/dispatcher.ts';
import type { FaultPlan } from './http/faults.ts';
import { type ClientRule, Listener } from './http/listener.ts';
import { loadSchema, type Version } from './schema/contracts.ts';
import { Cluster } from './state/cluster.ts';
import type { Guest } from './state/guests.ts';
import type { Seed } from './state/seed.ts';
import type { TaskTimes } from './state/tasks.ts';
import type { Certificate } from './tls/authority.ts';
import { holdAuthority, sharedAuthority } from './tls/shared-authority.ts';

export type { Call } from './http/dispatcher.ts';
/*
 * A stand-in for a cluster of Proxmox VE 8.4 or 9.2: real TLS, the official schema, state in memory.
 *
 *   import { missingContracts, startContractServer } from '../../support/proxmox/contract-server.ts';
 *
 *   const missing = missingContracts();                       // the schemas are no part of the repository
 *   describe.skipIf(missing !== undefined)(`…${missing ?? ''}`, () => {
 *     let server: ContractServer;
 *     beforeAll(async () => { server = await startContractServer({ version: '9.2' }); });
 *     afterAll(() => server.close());                         // throws when the server itself has answered against the schema
 *
 * How it is reached: `server.addresses` (one `127.0.0.1:port` per node that is on), `server.caFile`, `server.ca` (PEM),
 * `server.fingerprints`. Who may ask:
 *   - root@pam, password `server.rootPassword`; its token without separated privileges is `server.rootToken`
 *     ({ user: 'root@pam', tokenId: 'full', secret }), `tokenHeader(server.rootToken)` the header;
 *   - others by `server.access`: `addUser('op@pve', 'secret', { totp: 'JBSWY3DPEHPK3PXP' })`, `addToken('op@pve', 'ci', { privsep: true })`
 *     (answers the secret), `grant('/vms/100', 'op@pve', 'PVEVMUser')` (also '@group' and 'op@pve!ci'), `revoke`.
 *
 * What it holds: state/seed.ts (nodes pve1, pve2 and pve3, which is off; machines 100 web (runs), 101 db, 102 a template, 103
 * protected; containers 200 proxy (runs) and 201 cache; storages local, local-lvm, shared). Give `seed` for another. Afterwards
 * look at and change `server.cluster` (guests, storages, pools, sections …), e.g. `server.guest(100).lock = 'backup'`,
 * `server.guest(100).agent.run = command => ({ exitcode: 0, out: 'hello' })`, `server.guest(100).ignoresShutdown = true`.
 *
 * What was asked: `server.calls` ({ method, template, params, account, node, status }); `server.calledOf('POST', '/nodes/…')`.
 * Each request is checked against the schema (parameters, privileges); what has no handler of its own answers a minimal sample.
 *
 * Time: tasks take `taskMilliseconds` (default 20); `server.taskTimes.byType.vzdump = 500` for one type of task.
 *
 * What goes wrong: `server.fault({ match: { method: 'GET', template: '/cluster/resources' }, kind: 'reset-before', times: 2 })`
 * (kinds in http/faults.ts; '{type}' in a template is qemu or lxc), `server.failTask('vzdump', 'out of space')`,
 * `server.killNode('pve1')` and `server.reviveNode('pve1')` (same port), `server.expireTickets()`, `server.changeCertificate('pve1')`,
 * `server.dropConnections()`. Client certificates: `clients: { ca, crl }` with an Authority of tls/authority.ts.
 *
 * `deviates: true` answers as real hosts now and then do, against their schema; `server.cluster.quorate = false` refuses changes;
 * `server.cluster.web.set(url, bytes)` is what download-url finds; what high availability looks after is started and stopped by its
 * manager some time after the task (`byType.ha`).
 *
 * Where it is as unkind as the real one: a body needs a length; in 8.4 sentences stand in the status line alone and 9.2 does not
 * tell why a token is refused; a template of a container is made without a word; vzdump answers "OK" where a node has nothing to
 * back up; texts of the guest agent come byte by byte as Latin-1, and a command with other letters is the end of the agent; the
 * second factor takes each code once (`allowCodeAgain`).
 *
 * Consoles: vncproxy and vncwebsocket lead to a real RFB 3.8 server: `server.screen(100)` has its picture, `resize`, and what keys and
 * pointer came; termproxy leads to a terminal that echoes: `server.terminal(200)`.
 */
export { missingContracts } from './schema/contracts.ts';

export interface ContractServerOptions {
  readonly version?: Version;
  readonly seed?: Seed;
  readonly taskMilliseconds?: number;
  /** How long a login lasts. Default: 2 h, as the real one. */
  readonly ticketMilliseconds?: number;
  /** Takes a code of the second factor more than once, which the real one does not. */
  readonly allowCodeAgain?: boolean;
  /** Answers as real hosts now and then do: numbers as texts, members that are not declared, null for what is empty. */
  readonly deviates?: boolean;
  /** Clients have to show a certificate of this authority. */
  readonly clients?: ClientRule;
}

export interface ApiToken {
  readonly user: string;
  readonly tokenId: string;
  readonly secret: string;
}

export function tokenHeader({ user, tokenId, secret }: ApiToken): string {
  return `PVEAPIToken=${user}!${tokenId}=${secret}`;
}

export async function startContractServer(options: ContractServerOptions = {}): Promise<ContractServer> {
  const server = new ContractServer(options);
  await server.open();
  return server;
}

export class ContractServer implements AsyncDisposable {
  readonly version: Version;
  readonly cluster: Cluster;
  readonly rootPassword = 'root-secret';
  readonly rootToken: ApiToken;
  readonly #release = holdAuthority();
  readonly #listeners = new Map<string, Listener>();
  readonly #dispatcher: Dispatcher;
  readonly #consoles: ConsoleServer;

  constructor(options: ContractServerOptions) {
    this.version = options.version ?? '9.2';
    const schema = loadSchema(this.version);
    this.cluster = new Cluster(schema, {
      seed: options.seed ?? {},
      taskMilliseconds: options.taskMilliseconds ?? 20,
      milliseconds: options.ticketMilliseconds ?? 7_200_000,
      allowCodeAgain: options.allowCodeAgain ?? false,
      tellsWhy: this.version === '8.4',
    });
    this.#consoles = new ConsoleServer(this.cluster);
    this.#dispatcher = new Dispatcher(this.cluster, allHandlers(schema), this.#consoles);
    this.#dispatcher.deviates = options.deviates ?? false;
    this.#consoles.watch(this.#dispatcher);
    this.cluster.access.addUser('root@pam', this.rootPassword);
    const secret = this.cluster.access.addToken('root@pam', 'full', { privsep: false });
    this.rootToken = { user: 'root@pam', tokenId: 'full', secret };
    for (const { name } of this.cluster.nodes.values()) {
      const listener = new Listener({
        certificate: this.cluster.certificateOf(name),
        ca: sharedAuthority().ca,
        clients: options.clients,
        onRequest: (request, response) => void this.#dispatcher.answer(name, request, response),
        onUpgrade: (request, socket, head) => this.#consoles.upgrade(name, request, socket, head),
      });
      this.#listeners.set(name, listener);
    }
  }

  async open(): Promise<void> {
    for (const node of this.cluster.nodes.values()) {
      if (node.online) await this.#listener(node.name).open();
    }
  }

  /** `127.0.0.1:port` of the nodes that are on, the first node first. */
  get addresses(): string[] {
    return [...this.cluster.nodes.values()].filter(({ online }) => online).map(({ name }) => this.addressOf(name));
  }

  /** What was asked so far. */
  get calls(): Call[] {
    return this.#dispatcher.calls;
  }

  /** Answers of this server that the schema does not allow; `close` throws when there are any. */
  get mistakes(): string[] {
    return this.#dispatcher.mistakes;
  }

  get caFile(): string {
    return sharedAuthority().caFile;
  }

  get ca(): string {
    return sharedAuthority().ca;
  }

  /** Of the nodes' certificates, the first node first. */
  get fingerprints(): string[] {
    return [...this.#listeners.values()].map(({ certificate }) => certificate.fingerprint);
  }

  get access(): AccessStore {
    return this.cluster.access;
  }

  get taskTimes(): TaskTimes {
    return this.cluster.tasks.times;
  }

  addressOf(node: string): string {
    return `127.0.0.1:${this.#listener(node).port}`;
  }

  /** Connections that a node has had. */
  connectionsOf(node: string): number {
    return this.#listener(node).connections;
  }

  guest(vmid: number): Guest {
    const guest = this.cluster.guests.get(vmid);
    if (guest === undefined) throw new Error(`There is no guest ${vmid}.`);
    return guest;
  }

  screen(vmid: number) {
    return this.#consoles.screenOf(vmid);
  }

  terminal(vmid: number) {
    return this.#consoles.terminalOf(vmid);
  }

  calledOf(method: string, template: string): Call[] {
    return this.calls.filter(call => call.method === method && call.template === template);
  }

  fault(plan: FaultPlan): { readonly met: number } {
    return this.#dispatcher.faults.add(plan);
  }

  clearFaults(): void {
    this.#dispatcher.faults.clear();
  }

  /** The next tasks of that type fail with that sentence, halfway. */
  failTask(type: string, message: string, times = 1): void {
    this.cluster.tasks.failures.push(...Array.from({ length: times }, () => ({ type, message })));
  }

  expireTickets(): void {
    this.cluster.tickets.expireAll();
  }

  /** The power goes: no answer, no goodbye; its tasks end without an end. */
  async killNode(name: string): Promise<void> {
    const node = this.cluster.nodes.get(name);
    if (node === undefined) throw new Error(`There is no node ${name}.`);
    node.online = false;
    this.cluster.tasks.drop(name);
    await this.#listener(name).close();
  }

  async reviveNode(name: string): Promise<void> {
    const node = this.cluster.nodes.get(name);
    if (node === undefined || node.online) throw new Error(`There is no dead node ${name}.`);
    await this.#listener(name).open();
    node.online = true;
  }

  /** A new certificate for one node; without one, a fresh one of the same authority. The answer is its fingerprint. */
  changeCertificate(node: string, certificate?: Certificate): string {
    const fresh = certificate ?? sharedAuthority().forServer([node, 'localhost', '127.0.0.1']);
    this.#listener(node).change(fresh);
    this.cluster.certificates.set(node, fresh);
    return new X509Certificate(fresh.cert).fingerprint256;
  }

  dropConnections(): void {
    for (const listener of this.#listeners.values()) listener.dropConnections();
  }

  /** Waits until all tasks have ended. */
  settleTasks(): Promise<void> {
    return this.cluster.tasks.settle();
  }

  async close(): Promise<void> {
    this.#consoles.close();
    this.#release();
    await Promise.all([...this.#listeners.values()].map(listener => listener.close()));
    await this.cluster.tasks.close();
    if (this.mistakes.length > 0)
      throw new Error(`The contract server broke its contract:\n${this.mistakes.join('\n')}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #listener(node: string): Listener {
    const listener = this.#listeners.get(node);
    if (listener === undefined) throw new Error(`There is no node ${node}.`);
    return listener;
  }
}
