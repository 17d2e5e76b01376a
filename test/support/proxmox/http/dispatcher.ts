import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Account } from '../access/access-store.ts';
import { ApiError } from '../schema/api-error.ts';
import type { Values } from '../schema/check-parameters.ts';
import { Router } from '../schema/router.ts';
import type { Cluster } from '../state/cluster.ts';
import type { ConsoleDesk, Handler } from '../state/handler.ts';
import { apiDocument } from './apidoc.ts';
import { deviate } from './deviate.ts';
import { FaultDesk, type FaultPlan, strikeAfter, strikeBefore } from './faults.ts';
import { readBody } from './read-request.ts';
import { failure, type Reply, send, success } from './reply.ts';
import { type Asked, authenticate, carryOut, lookUp } from './respond.ts';

/** What was asked, and how it went. */
export interface Call {
  readonly method: string;
  readonly template: string;
  readonly params: Values;
  /** `user@realm` or `user@realm!token`. */
  readonly account: string;
  /** Whose listener took it. */
  readonly node: string;
  readonly status: number;
}

const api = '/api2/json';

/** From a request to its answer. */
export class Dispatcher {
  readonly calls: Call[] = [];
  readonly mistakes: string[] = [];
  /** Answers as real hosts do now and then, against their schema. */
  deviates = false;
  readonly faults = new FaultDesk();
  readonly #cluster: Cluster;
  readonly #router: Router;
  readonly #handlers: ReadonlyMap<string, Handler>;
  readonly #consoles: ConsoleDesk;

  constructor(cluster: Cluster, handlers: ReadonlyMap<string, Handler>, consoles: ConsoleDesk) {
    this.#cluster = cluster;
    this.#router = new Router(cluster.schema);
    this.#handlers = handlers;
    this.#consoles = consoles;
  }

  async answer(node: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {});
    const url = new URL(request.url ?? '/', 'https://node');
    try {
      if (!url.pathname.startsWith(`${api}/`)) this.#answerPage(url.pathname, response);
      else await this.#answerApi(node, request, response, url);
    } catch (error) {
      // A client that goes away in the middle of its request is no mistake.
      if (request.destroyed && !request.complete) return;
      this.mistakes.push((error as Error).stack ?? String(error));
      send(response, { status: 599, reason: 'mistake of the contract server', body: '' });
    }
  }

  async #answerApi(node: string, request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const verb = request.method ?? 'GET';
    let asked: Asked;
    try {
      asked = lookUp(this.#router, verb, url.pathname.slice(api.length));
    } catch (error) {
      request.resume();
      send(response, this.#failed(error));
      return;
    }
    const { template } = asked.method;
    const scene = {
      method: verb,
      template,
      node,
      params: { ...Object.fromEntries(url.searchParams), ...asked.values },
    };
    const plan = this.faults.take(scene);
    if (plan !== undefined && strikeBefore(plan, response)) {
      request.resume();
      return;
    }
    if (plan?.milliseconds !== undefined) await new Promise(resolve => setTimeout(resolve, plan.milliseconds));
    const reply = await this.#reply(node, request, url, asked);
    finish(plan, response, reply);
  }

  async #reply(node: string, request: IncomingMessage, url: URL, asked: Asked): Promise<Reply> {
    const { verb, template } = asked.method;
    let params: Values = asked.values;
    let account: Account = { userid: '', id: '' };
    let reply: Reply;
    let bare = false;
    try {
      const body = await readBody(request, url.searchParams);
      params = { ...body.params, ...asked.values };
      bare = true;
      account = authenticate(this.#cluster, request, asked.method);
      bare = false;
      const scene = { cluster: this.#cluster, handlers: this.#handlers, consoles: this.#consoles, localNode: node };
      const done = await carryOut(scene, asked, account, body, text => this.mistakes.push(text));
      params = done.params;
      reply = success(this.deviates ? deviate(asked.method.returns, done.data) : done.data, done.extra);
    } catch (error) {
      reply = this.#failed(error, bare);
    }
    this.calls.push({ method: verb, template, params, account: account.id, node, status: reply.status });
    return reply;
  }

  #failed(error: unknown, bare = false): Reply {
    if (!(error instanceof ApiError)) throw error;
    return failure(error, this.#cluster.schema.version === '8.4' ? 8 : 9, bare);
  }

  /** What is there beside the API. */
  #answerPage(path: string, response: ServerResponse): void {
    if (path === '/pve-docs/api-viewer/apidoc.js') {
      response.writeHead(200, { 'Content-Type': 'application/javascript' });
      response.end(apiDocument(this.#cluster.schema));
      return;
    }
    if (path === '/') {
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
      response.end('<!DOCTYPE html><html><head><title>Proxmox Virtual Environment</title></head><body></body></html>');
      return;
    }
    send(response, { status: 404, reason: 'no such file', body: '' });
  }
}

function finish(plan: FaultPlan | undefined, response: ServerResponse, reply: Reply): void {
  if (response.destroyed) return;
  if (plan === undefined) send(response, reply);
  else strikeAfter(plan, response, reply);
}
