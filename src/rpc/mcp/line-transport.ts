import type { Readable, Writable } from 'node:stream';
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/server';
import { LineReader } from './line-reader.ts';
import { LineWriter } from './line-writer.ts';
import { invalidRequestCode, parseErrorCode, type RequestId, readMessage } from './read-message.ts';

/** Longest line that is read, in bytes. */
export const longestLine = 16 * 2 ** 20;
/** How long requests may still be answered after the client closed its side. */
const answerMilliseconds = 1000;
const flushMilliseconds = 1000;

/**
 * One JSON-RPC message on each line. Unlike the SDK's own transport it answers what is malformed, as JSON-RPC asks, and
 * goes on; only sound messages come through.
 */
export class LineTransport implements Transport {
  onmessage?: NonNullable<Transport['onmessage']>;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  /** Resolves when nothing more can come or go: input ended and its requests were answered, or output broke. */
  readonly ended: Promise<void>;
  readonly #input: Readable;
  readonly #output: Writable;
  readonly #reader: LineReader;
  readonly #writer: LineWriter;
  readonly #unanswered = new Set<RequestId>();
  /** Requests that are answered at the very end, and not waited for. */
  readonly #subscriptions = new Map<RequestId, readonly string[]>();
  readonly #end: () => void;
  #listener: ((uris: readonly string[]) => void) | undefined;
  #inputEnded = false;
  #closed = false;

  /** `write` reaches `output` where its own method has been taken from it. */
  constructor(input: Readable, output: Writable, write: (text: string) => unknown = text => output.write(text)) {
    this.#input = input;
    this.#output = output;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#end = resolve;
    this.#writer = new LineWriter(output, write);
    this.#reader = new LineReader(longestLine, {
      line: text => this.#receive(text),
      undecodable: () => this.#refuse(null, parseErrorCode, 'Parse error: the line is not UTF-8.'),
      tooLong: () =>
        this.#refuse(null, invalidRequestCode, `Invalid request: longer than ${longestLine / 2 ** 20} MiB.`),
    });
  }

  /** Told when a client of 2026-07-28 listens to other resources than before: the SDK keeps that to itself. */
  set onsubscriptions(listener: (uris: readonly string[]) => void) {
    this.#listener = listener;
    // The first thing that a client sends may be that it listens.
    if (this.#subscriptions.size > 0) this.#tellSubscriptions();
  }

  async start(): Promise<void> {
    this.#writer.onFull = () => this.#input.pause();
    this.#writer.onDrained = () => this.#input.resume();
    this.#output.on('error', () => this.#end());
    this.#input.on('end', () => this.#finishInput());
    this.#input.on('close', () => this.#finishInput());
    this.#input.on('error', error => {
      this.onerror?.(error);
      this.#finishInput();
    });
    this.#input.on('data', (chunk: Buffer) => this.#reader.push(chunk));
  }

  async send(message: JSONRPCMessage): Promise<void> {
    this.#writer.write(JSON.stringify(message));
    if ('method' in message || message.id === undefined) return;
    this.#settle(message.id);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#input.pause();
    await this.#writer.close(flushMilliseconds);
    this.#end();
    this.onclose?.();
  }

  #receive(text: string): void {
    if (this.#closed) return;
    const read = readMessage(text);
    if (read.kind === 'ignored') return;
    if (read.kind === 'refused') {
      this.#refuse(read.id, read.code, read.reason);
      return;
    }
    if (read.kind === 'response') {
      this.onmessage?.(read.message);
      return;
    }
    const { message } = read;
    if (read.kind === 'notification') {
      this.onmessage?.(message);
      if (message.method === 'notifications/cancelled') this.#forget(message.params?.requestId);
      return;
    }
    if (this.#unanswered.has(read.message.id)) {
      this.#refuse(read.message.id, invalidRequestCode, 'Invalid request: a request with this id is still unanswered.');
      return;
    }
    this.#unanswered.add(read.message.id);
    if (message.method === 'subscriptions/listen') this.#subscribe(read.message.id, message.params);
    this.onmessage?.(message);
  }

  /** A cancelled request gets no answer. */
  #forget(id: unknown): void {
    if (typeof id === 'string' || typeof id === 'number') this.#settle(id);
  }

  #settle(id: RequestId): void {
    this.#unanswered.delete(id);
    if (this.#subscriptions.delete(id)) this.#tellSubscriptions();
    if (this.#inputEnded) this.#endWhenAnswered();
  }

  #subscribe(id: RequestId, params: unknown): void {
    this.#subscriptions.set(id, listenedResources(params));
    this.#tellSubscriptions();
  }

  #tellSubscriptions(): void {
    this.#listener?.([...new Set([...this.#subscriptions.values()].flat())]);
  }

  #refuse(id: RequestId | null, code: number, message: string): void {
    this.#writer.write(JSON.stringify({ jsonrpc: '2.0', id, error: { code, message } }));
  }

  #finishInput(): void {
    if (this.#inputEnded) return;
    this.#inputEnded = true;
    this.#reader.end();
    setTimeout(this.#end, answerMilliseconds).unref();
    this.#endWhenAnswered();
  }

  #endWhenAnswered(): void {
    if (this.#unanswered.size <= this.#subscriptions.size) this.#end();
  }
}

/** {"notifications":{"resourceSubscriptions":["vmbridge://machines"]}} */
function listenedResources(params: unknown): string[] {
  const { notifications } = (params ?? {}) as { notifications?: { resourceSubscriptions?: unknown } };
  const uris = notifications?.resourceSubscriptions;
  return Array.isArray(uris) ? uris.filter(uri => typeof uri === 'string') : [];
}
