import type { InputBytes } from './input-bytes.ts';
import type { JobContext } from './job-context.ts';
import { command, commandFlag, errorNumber, largestRead } from './protocol.ts';
import { ReadJob } from './read-job.ts';
import { makeError, makeNone, makeSimpleReply } from './replies.ts';
import { RequestReader } from './request-reader.ts';
import { StatusJob } from './status-job.ts';

/** Requests whose replies the client did not take yet. More are not even read. */
const mostRequests = 512;
/** Work that is done before other connections get their turn: one for each request, and for each so many bytes of a READ. */
const mostAtOnce = 256;
const bytesPerWork = 16 * 1024;
const statusWork = 64;

export interface Agreed {
  readonly structured: boolean;
  readonly tellsAllocation: boolean;
}

interface Refusal {
  readonly error: number;
  readonly reason: string;
}

/** What the transmission asks of its connection. */
export interface Line {
  /** Whether bytes should come in. */
  wantInput(wanted: boolean): void;
  /** All that was asked for is answered, and the client wants no more. */
  end(): void;
  /** The client does not speak the protocol. */
  abandon(): void;
}

/** Understands requests, one after the other, and starts a job for each that takes work. */
export class Transmission {
  readonly #context: JobContext;
  readonly #agreed: Agreed;
  readonly #input: InputBytes;
  readonly #line: Line;
  readonly #request = new RequestReader();
  #running = 0;
  /** Bytes of the payload of a refused WRITE that are still to come. */
  #payload = 0;
  #active = false;
  #yielding = false;
  #blocked = false;
  #inputEnded = false;
  /** Nothing more is understood. */
  #over = false;

  constructor(context: Omit<JobContext, 'finished'>, agreed: Agreed, input: InputBytes, line: Line) {
    this.#context = { ...context, finished: this.#finished };
    this.#agreed = agreed;
    this.#input = input;
    this.#line = line;
  }

  /** Understands what can be understood of the input now. */
  readonly advance = (): void => {
    if (this.#active || this.#yielding) return;
    this.#active = true;
    let work = 0;
    while (!this.#over && !this.#isFull() && work < mostAtOnce && this.#next()) {
      work += this.#workOf(this.#request);
    }
    this.#active = false;
    if (work >= mostAtOnce) {
      this.#yielding = true;
      setImmediate(this.#goOn);
    }
    const blocked = this.#yielding || this.#isFull();
    if (this.#inputEnded && !blocked) this.#over = true;
    this.#block(blocked && !this.#over);
    this.#endWhenDone();
  };

  /** To be called when replies have been taken. */
  wake(): void {
    if (this.#blocked) this.advance();
    else this.#endWhenDone();
  }

  /** The client sends no more, but may still read. */
  inputEnded(): void {
    this.#inputEnded = true;
    this.advance();
  }

  readonly #goOn = (): void => {
    this.#yielding = false;
    this.advance();
  };

  readonly #finished = (): void => {
    this.#running--;
    this.wake();
  };

  #workOf({ type, length }: RequestReader): number {
    if (type === command.blockStatus) return statusWork;
    return type === command.read ? 1 + length / bytesPerWork : 1;
  }

  #isFull(): boolean {
    const { replies, memory } = this.#context;
    return this.#running + replies.waiting >= mostRequests || memory.isWaiting;
  }

  #block(blocked: boolean): void {
    if (blocked === this.#blocked) return;
    this.#blocked = blocked;
    this.#line.wantInput(!blocked);
  }

  #endWhenDone(): void {
    if (this.#over && this.#running === 0 && this.#context.replies.waiting === 0) this.#line.end();
  }

  /** False when there is no whole request. */
  #next(): boolean {
    if (this.#payload === 0) {
      const state = this.#request.next(this.#input);
      if (state === 'garbage') {
        this.#over = true;
        this.#line.abandon();
      }
      if (state !== 'request') return false;
      if (this.#request.type === command.write) this.#payload = this.#request.length;
    }
    this.#payload -= this.#input.skip(this.#payload);
    if (this.#payload > 0) return false;
    this.#answer();
    return true;
  }

  #answer(): void {
    const { type } = this.#request;
    const refusal = this.#findRefusal();
    if (refusal) this.#refuse(refusal);
    else if (type === command.read) this.#read();
    else if (type === command.blockStatus) this.#tellBlocks();
    // Nothing is ever written, so all of it is on the disk.
    else if (type === command.flush) this.#context.replies.push(makeSimpleReply(this.#request));
    else this.#over = true;
  }

  #findRefusal(): Refusal | undefined {
    switch (this.#request.type) {
      case command.read:
        return this.#findReadRefusal();
      case command.blockStatus:
        return this.#findStatusRefusal();
      case command.disconnect:
      case command.flush:
        return undefined;
      case command.write:
      case command.trim:
      case command.writeZeroes:
        return { error: errorNumber.EPERM, reason: 'This disk can only be read.' };
      default:
        return { error: errorNumber.EINVAL, reason: `This server does not know command ${this.#request.type}.` };
    }
  }

  #findReadRefusal(): Refusal | undefined {
    const { flags, length } = this.#request;
    const { structured } = this.#agreed;
    if ((flags & ~(structured ? commandFlag.dontFragment : 0)) !== 0) return this.#refusalOfFlags();
    if (length > largestRead) {
      const error = flags === 0 ? errorNumber.EINVAL : errorNumber.EOVERFLOW;
      return { error, reason: `At most ${largestRead} bytes can be read at once.` };
    }
    return this.#refusalOfRange();
  }

  #findStatusRefusal(): Refusal | undefined {
    const { flags, length } = this.#request;
    if (!this.#agreed.tellsAllocation) return { error: errorNumber.EINVAL, reason: 'No context was agreed on.' };
    if ((flags & ~commandFlag.onlyOne) !== 0) return this.#refusalOfFlags();
    if (length === 0) return { error: errorNumber.EINVAL, reason: 'No bytes have no state.' };
    return this.#refusalOfRange();
  }

  #refusalOfFlags(): Refusal {
    const reason = `The flags ${this.#request.flags} are not known for this command.`;
    return { error: errorNumber.EINVAL, reason };
  }

  #refusalOfRange(): Refusal | undefined {
    const { offset, length } = this.#request;
    const { virtualSize } = this.#context.image;
    if (offset <= virtualSize && length <= virtualSize - offset) return undefined;
    return { error: errorNumber.EINVAL, reason: `${length} bytes at ${offset} are not a part of the disk.` };
  }

  #read(): void {
    const { flags, offset, length } = this.#request;
    const { structured } = this.#agreed;
    if (length === 0) {
      this.#context.replies.push(structured ? makeNone(this.#request) : makeSimpleReply(this.#request));
      return;
    }
    this.#running++;
    const style = structured ? (flags === 0 ? 'chunks' : 'one-chunk') : 'simple';
    new ReadJob(this.#context, style, this.#request, offset, length).advance();
  }

  #tellBlocks(): void {
    const { flags, offset, length } = this.#request;
    this.#running++;
    new StatusJob(this.#context, this.#request, offset, length, flags !== 0).advance();
  }

  #refuse({ error, reason }: Refusal): void {
    const { structured } = this.#agreed;
    this.#context.replies.push(
      structured ? makeError(this.#request, error, reason) : makeSimpleReply(this.#request, error),
    );
  }
}
