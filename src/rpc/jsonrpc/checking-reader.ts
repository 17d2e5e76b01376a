import type { Readable, Writable } from 'node:stream';
import { AbstractMessageReader, type DataCallback, type Disposable, ErrorCodes } from 'vscode-jsonrpc/node';
import { checkMessage } from './check-message.ts';
import { FrameParser } from './frame-parser.ts';
import type { FrameProblem } from './header.ts';
import type { PendingRequests } from './pending-requests.ts';

export interface Refusal {
  readonly id: string | number | null;
  readonly code: number;
  readonly message: string;
}

export interface CheckingReaderOptions {
  readonly input: Readable;
  /** Where the answers go; reading pauses while it is full, so that a client which does not read cannot fill memory. */
  readonly output: Writable;
  readonly pending: PendingRequests;
  refuse(refusal: Refusal): void;
  ignore(reason: string): void;
}

/**
 * Stands before vscode-jsonrpc, whose own reader loses its place at the first bad header and whose connection throws at
 * messages of the wrong shape: what goes on from here is well-formed.
 */
export class CheckingReader extends AbstractMessageReader {
  readonly #options: CheckingReaderOptions;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });

  constructor(options: CheckingReaderOptions) {
    super();
    this.#options = options;
  }

  override listen(callback: DataCallback): Disposable {
    const { input, output } = this.#options;
    const parser = new FrameParser({
      frame: body => this.#receive(body, callback),
      problem: problem => this.#refuseFrame(problem),
    });
    const onData = (chunk: Buffer) => {
      parser.push(chunk);
      if (!output.writableNeedDrain) return;
      input.pause();
      output.once('drain', () => input.resume());
    };
    const onEnd = () => {
      parser.end();
      this.fireClose();
    };
    input.on('data', onData);
    input.once('end', onEnd);
    input.on('error', error => this.fireError(error));
    return {
      dispose: () => {
        input.off('data', onData);
        input.off('end', onEnd);
      },
    };
  }

  /** Returns false when the body is not JSON. */
  #receive(body: Buffer, callback: DataCallback): boolean {
    const { refuse, ignore, pending } = this.#options;
    let rawMessage: unknown;
    try {
      rawMessage = JSON.parse(this.#decoder.decode(body));
    } catch {
      refuse({ id: null, code: ErrorCodes.ParseError, message: 'The message is not JSON in UTF-8.' });
      return false;
    }
    const checked = checkMessage(rawMessage);
    if (checked.is === 'ignored') ignore(checked.reason);
    else if (checked.is === 'refused') {
      refuse({ id: checked.id, code: ErrorCodes.InvalidRequest, message: checked.reason });
    } else if (checked.requestId !== undefined && !pending.open(checked.requestId)) {
      const message = 'A request with this id is still open.';
      refuse({ id: checked.requestId, code: ErrorCodes.InvalidRequest, message });
    } else callback(checked.message);
    return true;
  }

  #refuseFrame({ message, tooLong }: FrameProblem): void {
    const code = tooLong === undefined ? ErrorCodes.ParseError : ErrorCodes.InvalidRequest;
    this.#options.refuse({ id: null, code, message });
  }
}
