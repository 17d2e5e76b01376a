import type { Account } from '../access/access-store.ts';
import type { Method } from '../schema/types.ts';
import type { Cluster } from './cluster.ts';
import type { Parameters } from './parameters.ts';

/** A file that was uploaded. */
export interface SentFile {
  readonly field: string;
  readonly name: string;
  readonly data: Buffer;
}

/** One request, checked and allowed. */
export interface HandlerCall {
  readonly cluster: Cluster;
  readonly params: Parameters;
  readonly account: Account;
  readonly method: Method;
  /** The node whose listener took the request. */
  readonly localNode: string;
  readonly file: SentFile | undefined;
  /** Members of the reply beside `data`, e.g. `total`. */
  readonly extra: Record<string, unknown>;
  readonly consoles: ConsoleDesk;
}

/** Hands out what a websocket is opened with. */
export interface ConsoleDesk {
  issue(
    kind: 'vnc' | 'term',
    guest: { vmid?: number; node: string },
    account: Account,
    options?: IssueOptions,
  ): ConsoleTicket;
  /** Keys that come by the API, e.g. `ctrl-alt-delete`. */
  keys(vmid: number, combination: string): void;
}

export interface IssueOptions {
  /** VNC's own; without it, the ticket. */
  readonly password?: string;
  /** The ticket begins with the password. */
  readonly isPrefix?: boolean;
  /** The port speaks plainly, so that a websocket can be laid on it. */
  readonly websocket?: boolean;
}

export interface ConsoleTicket {
  readonly port: number;
  readonly ticket: string;
  readonly cert: string;
}

export type Handler = (call: HandlerCall) => unknown;
/** By `GET /nodes/{node}/{type}/{vmid}/config`; `{type}` stands for qemu and lxc. */
export type Handlers = Readonly<Record<string, Handler>>;
