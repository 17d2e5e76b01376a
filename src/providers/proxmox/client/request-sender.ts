import type { Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { Fault } from '../../../errors/fault.ts';
import type { Log } from '../../../host/log.ts';
import { SharedWork } from '../../../host/shared-work.ts';
import type { ConfiguredHost } from '../../../model/host.ts';
import { type Authentication, describeAccount, type ReadSecret, TokenAuthentication } from './authentication.ts';
import { findClientCertificateFault, findRefusedCertificate } from './client-certificate-fault.ts';
import { ConnectError } from './connect-error.ts';
import { connectNode } from './connect-node.ts';
import { DeliveryCourse } from './delivery-course.ts';
import {
  answerTimeoutFault,
  brokenFault,
  cancelledRequestFault,
  type Delivery,
  unreachableFault,
} from './delivery-faults.ts';
import { type EncodedRequest, encodeRequest } from './encode-request.ts';
import { AnswerTimeout, exchange, type Reply } from './exchange.ts';
import { type NodeAddress, parseNodeAddress } from './node-address.ts';
import { type ClusterNode, NodeRing } from './node-ring.ts';
import { buildReplyFault } from './reply-fault.ts';
import type { SendOptions } from './request.ts';
import { RequestQueue } from './request-queue.ts';
import { SecretWords } from './secret-words.ts';
import { TicketAuthentication } from './ticket-authentication.ts';
import type { Timing } from './timing.ts';
import { loadTrust, type Trust } from './trust.ts';

export interface SenderSettings {
  readonly host: ConfiguredHost;
  readonly readSecret: ReadSecret;
  readonly timing: Timing;
  readonly log?: Pick<Log, 'warn'> | undefined;
}

/** What a request carries beside its address. */
export interface Cargo {
  readonly headers: Readonly<Record<string, string>>;
  /** Made anew for each time that it is sent. */
  readonly body: () => string | Readable | undefined;
  /** Whether it is told who asks; all but the login are. */
  readonly proven?: boolean;
  /** Whether it takes no place among those that the host answers at a time: what takes hours must not. */
  readonly unqueued?: boolean;
}

/** Brings requests to whichever node of a host answers, and their answers back. */
export class RequestSender {
  readonly host: string;
  readonly secrets = new SecretWords();
  readonly authentication: Authentication;
  readonly ring: NodeRing;
  readonly timeout: number;
  readonly #settings: SenderSettings;
  readonly #queue: RequestQueue;
  readonly #trusts = new SharedWork<Trust>();
  #trust: Trust | undefined;
  /** Whether the files are to be read again: somebody may have put others in their place. */
  #doubted = false;

  constructor(settings: SenderSettings) {
    const { host, timing } = settings;
    this.#settings = settings;
    this.host = host.name;
    this.timeout = (host.timeoutSeconds ?? 30) * 1000;
    this.#queue = new RequestQueue(host.connections ?? 8);
    this.ring = new NodeRing(host.addresses.map(parseNodeAddress), address => this.connect(address), timing.rest);
    this.authentication = this.#authenticate();
  }

  /** The answer to a request, whatever it says; throws when there is none. */
  async deliver(
    request: EncodedRequest,
    cargo: Cargo,
    { signal, timeoutMilliseconds = this.timeout, repeatable = request.method === 'GET' }: SendOptions,
  ): Promise<{ reply: Reply; node: ClusterNode }> {
    const delivery: Delivery = { host: this.host, request, repeatable };
    const course = new DeliveryCourse(this.ring, this.#settings.timing.pauses);
    let renewed = false;
    for (;;) {
      const proof = cargo.proven === false ? {} : await this.authentication.headers(request.method, signal);
      const node = course.next();
      if (node === undefined) throw unreachableFault(delivery, course.unreached);
      const pool = await node.pool();
      const outgoing = {
        method: request.method,
        target: `${node.address.prefix}${request.target}`,
        body: cargo.body(),
      };
      const headers = { accept: 'application/json', ...cargo.headers, ...proof };
      try {
        const limits = { signal, timeoutMilliseconds };
        const send = () => exchange(pool, { ...outgoing, headers }, limits);
        const reply = await (cargo.unqueued === true ? send() : this.#queue.run(send, signal));
        this.ring.remember(node, true);
        // What was refused was not carried out, and may be asked with another ticket.
        if (reply.status === 401 && cargo.proven !== false && !renewed && this.authentication.renew(proof))
          renewed = true;
        else if (!(await course.rejects(node, reply, repeatable, signal))) return { reply, node };
      } catch (error) {
        const refused = this.#findRefusal(error, node);
        const goesOn =
          refused === undefined && !signal.aborted && (await course.survives(node, error, repeatable, signal));
        if (signal.aborted) throw cancelledRequestFault(delivery, signal);
        if (!goesOn) throw refused ?? this.#explain(error, delivery, course, node);
      }
    }
  }

  /** The `data` of a successful answer. Throws the Fault that another one means. */
  read({ reply, node }: { reply: Reply; node: ClusterNode }, request: EncodedRequest): unknown {
    const context = {
      host: this.host,
      address: node.address,
      request,
      account: this.authentication,
      secrets: this.secrets,
    };
    const refused = findRefusedCertificate(reply.status, reply.text, node.address, this.#trust);
    if (refused !== undefined) throw refused;
    if (reply.status < 200 || reply.status >= 300) throw buildReplyFault(reply, context);
    try {
      const { data }: { data?: unknown } = JSON.parse(reply.text);
      return data;
    } catch {
      throw buildReplyFault({ ...reply, status: 300 }, context);
    }
  }

  async connect(address: NodeAddress, signal?: AbortSignal): Promise<TLSSocket> {
    const { timing } = this.#settings;
    // Less than the whole answer may take, so that a connection that hangs is told from an answer that does not come.
    const timeoutMilliseconds = Math.min(timing.connect, this.timeout * 0.7);
    try {
      const trust = await this.trust();
      return await connectNode(address, { host: this.host, trust, timeoutMilliseconds, signal });
    } catch (error) {
      const failure = error instanceof Fault ? new ConnectError('SETTINGS', { fault: error }) : error;
      if (failure instanceof ConnectError && failure.fault !== undefined) {
        this.#doubted = true;
        this.#settings.log?.warn(`${address.text} of the host "${this.host}" is left out: ${failure.fault.message}`);
      }
      throw failure;
    }
  }

  async trust(): Promise<Trust> {
    const { host, readSecret } = this.#settings;
    if (this.#trust === undefined || this.#doubted) {
      this.#trust = await this.#trusts.run('trust', signal => loadTrust(host, readSecret, signal));
      this.#doubted = false;
    }
    return this.#trust;
  }

  /** In TLS 1.3 a client certificate may be refused when the request is under way, which then nobody has read. */
  #findRefusal(error: unknown, { address }: ClusterNode): Fault | undefined {
    if (error instanceof ConnectError) return undefined;
    const fault = findClientCertificateFault(error, address, this.#trust);
    return fault?.with({ data: { ...fault.data, host: this.host } });
  }

  #explain(error: unknown, delivery: Delivery, course: DeliveryCourse, node: ClusterNode): unknown {
    if (error instanceof ConnectError) return unreachableFault(delivery, course.unreached);
    if (error instanceof AnswerTimeout) return answerTimeoutFault(delivery, node);
    return error instanceof Fault ? error : brokenFault(delivery, node, error);
  }

  #authenticate(): Authentication {
    const { host, readSecret, timing } = this.#settings;
    const { secrets } = this;
    const { who, user, credential } = describeAccount(host);
    if (host.tokenId !== undefined) return new TokenAuthentication(who, credential, readSecret, secrets);
    const logIn = (params: Record<string, string | boolean>, signal: AbortSignal) => this.#logIn(params, signal);
    return new TicketAuthentication({
      host: host.name,
      user,
      credential,
      totp: host.totp,
      readSecret,
      secrets,
      logIn,
      now: timing.now,
    });
  }

  async #logIn(params: Record<string, string | boolean>, signal: AbortSignal): Promise<unknown> {
    const request = encodeRequest({ method: 'POST', path: '/access/ticket', params });
    const cargo = { headers: formHeaders, body: () => request.form, proven: false };
    // A login changes nothing; only the code of a second factor is good for one time alone.
    const repeatable = params['tfa-challenge'] === undefined;
    const answer = await this.deliver(request, cargo, { signal, repeatable });
    return answer.reply.status === 401 ? undefined : this.read(answer, request);
  }
}

export const formHeaders = { 'content-type': 'application/x-www-form-urlencoded' } as const;
