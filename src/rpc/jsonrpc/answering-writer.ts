import type { Writable } from 'node:stream';
import { Message, StreamMessageWriter } from 'vscode-jsonrpc/node';
import type { Refusal } from './checking-reader.ts';
import type { PendingRequests } from './pending-requests.ts';

/** Writes messages, and notes which requests have been answered. */
export class AnsweringWriter extends StreamMessageWriter {
  readonly #pending: PendingRequests;
  #refused: Promise<void> = Promise.resolve();

  constructor(output: Writable, pending: PendingRequests) {
    super(output);
    this.#pending = pending;
  }

  override async write(message: Message): Promise<void> {
    try {
      await super.write(message);
    } finally {
      if (Message.isResponse(message) && message.id !== null) this.#pending.close(message.id);
    }
  }

  /** Answers something that is no request. The id of a request that is still open stays open. */
  refuse({ id, code, message }: Refusal): void {
    const response = { jsonrpc: '2.0', id, error: { code, message } };
    // Whoever does not read any more gets no answer; the end of the stream is noticed elsewhere.
    this.#refused = super.write(response).catch(() => {});
  }

  /** Resolves when everything refused so far has been told. */
  refused(): Promise<void> {
    return this.#refused;
  }
}
