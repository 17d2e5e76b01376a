import type { Duplex } from 'node:stream';
import { z } from 'zod';
import type { Log } from '../../../host/log.ts';
import type { CallContext } from '../../../model/call.ts';
import type { ConfiguredHost } from '../../../model/host.ts';
import type { ReadSecret } from './authentication.ts';
import { encodeRequest } from './encode-request.ts';
import { parseReply } from './parse-reply.ts';
import { Permissions } from './permissions.ts';
import { Remembered } from './remembered.ts';
import type { ProxmoxRequest, SendOptions } from './request.ts';
import { formHeaders, RequestSender } from './request-sender.ts';
import { followTask, runTask, type TaskEnd, type TaskOptions } from './task.ts';
import { type Timing, usualTiming } from './timing.ts';
import type { UploadedFile } from './upload-body.ts';

export type { SendOptions } from './request.ts';
export type { TaskEnd, TaskOptions } from './task.ts';

export interface ClientSettings {
  readonly host: ConfiguredHost;
  readonly readSecret: ReadSecret;
  readonly log?: Pick<Log, 'warn'> | undefined;
  readonly timing?: Partial<Timing> | undefined;
}

export interface Version {
  /** e.g. `9.2.10`. */
  readonly version: string;
  readonly major: number;
}

const versionMilliseconds = 10 * 60_000;
const permissionsMilliseconds = 60_000;

/** Speaks with one host of the configuration: a node, or all nodes of a cluster. Asks nothing before it is asked. */
export class ProxmoxClient {
  readonly timing: Timing;
  readonly #sender: RequestSender;
  readonly #version = new Remembered(versionMilliseconds, signal => this.#askVersion(signal));
  readonly #permissions = new Remembered(permissionsMilliseconds, signal => this.#askPermissions(signal));
  readonly #listeners = new Set<() => void>();

  /** Throws `invalid` for settings that can not be right. */
  constructor({ host, readSecret, log, timing }: ClientSettings) {
    this.timing = { ...usualTiming, ...timing };
    this.#sender = new RequestSender({ host, readSecret, log, timing: this.timing });
  }

  /** Name of the host in the configuration. */
  get host(): string {
    return this.#sender.host;
  }

  /**
   * The `data` of the answer. A GET is repeated when its connection breaks or a node does not answer; what changes something
   * is sent again only where certainly nothing of it had arrived.
   */
  async send(request: ProxmoxRequest, options: SendOptions): Promise<unknown> {
    const encoded = encodeRequest(request);
    const cargo = { headers: encoded.form === undefined ? {} : formHeaders, body: () => encoded.form };
    try {
      return this.#sender.read(await this.#sender.deliver(encoded, cargo, options), encoded);
    } finally {
      if (request.method !== 'GET') this.#tellOfChange();
    }
  }

  /** Sends what starts a task, and follows that to its end; its log lines become progress. An abort stops it. */
  async runTask(
    request: ProxmoxRequest,
    call: Pick<CallContext, 'signal' | 'progress'>,
    options: TaskOptions,
  ): Promise<TaskEnd> {
    try {
      return await runTask(this, request, call, options);
    } finally {
      this.#tellOfChange();
    }
  }

  async followTask(
    upid: string,
    call: Pick<CallContext, 'signal' | 'progress'>,
    options: TaskOptions,
  ): Promise<TaskEnd> {
    try {
      return await followTask(this, upid, call, options);
    } finally {
      this.#tellOfChange();
    }
  }

  /** Sends a file in a form; returns the `data` of the answer, mostly the id of a task. */
  async upload(
    request: ProxmoxRequest,
    file: UploadedFile,
    call: Pick<CallContext, 'signal' | 'progress'>,
  ): Promise<unknown> {
    const { uploadFile } = await import('./upload-file.ts');
    return uploadFile(this.#sender, request, file, call);
  }

  /** The bytes of a console, both ways; the stream ends when either side closes it or the signal is aborted. */
  async openWebSocket(request: ProxmoxRequest, { signal }: { readonly signal: AbortSignal }): Promise<Duplex> {
    const { openWebSocket } = await import('./open-web-socket.ts');
    return openWebSocket(this.#sender, request, signal);
  }

  /** The text of a document that the server has beside its API, by its path. */
  async readDocument(path: string, options: SendOptions): Promise<string> {
    const request = { method: 'GET', path, target: path, form: undefined, node: undefined } as const;
    const answer = await this.#sender.deliver(request, { headers: {}, body: () => undefined }, options);
    if (answer.reply.status !== 200) this.#sender.read(answer, request);
    return answer.reply.text;
  }

  version(signal: AbortSignal): Promise<Version> {
    return this.#version.get(signal);
  }

  permissions(signal: AbortSignal): Promise<Permissions> {
    return this.#permissions.get(signal);
  }

  /** Calls back after whatever may have changed something at the host. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  async close(): Promise<void> {
    await this.#sender.ring.close();
  }

  #tellOfChange(): void {
    for (const listener of this.#listeners) listener();
  }

  async #askVersion(signal: AbortSignal): Promise<Version> {
    const raw = await this.send({ method: 'GET', path: '/version' }, { signal });
    const { version } = parseReply(z.object({ version: z.string() }), raw, 'its version');
    return { version, major: Number.parseInt(version, 10) };
  }

  async #askPermissions(signal: AbortSignal): Promise<Permissions> {
    const raw = await this.send({ method: 'GET', path: '/access/permissions' }, { signal });
    const schema = z.record(z.string(), z.record(z.string(), z.boolean()));
    return new Permissions(parseReply(schema, raw, 'the permissions'));
  }
}
