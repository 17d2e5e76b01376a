import type { Duplex } from 'node:stream';
import { setImmediate as breathe } from 'node:timers/promises';
import { cancelledFault, Fault } from '../errors/fault.ts';

/** Reads between two chances for timers: a server that sends without end must not keep the deadline from being seen. */
const readsAtOnce = 4096;

/**
 * The bytes of a connection, so many at a time, however they were cut on their way. Takes no more from the connection than is
 * asked for, so that a server that sends more fills its own buffers.
 */
export class ByteReader {
  readonly #stream: Duplex;
  #chunks: Buffer[] = [];
  #length = 0;
  #reads = 0;
  #failure: Fault | undefined;
  #wake: () => void = () => {};
  readonly #stopListening: () => void;

  /** Ends the connection when the signal is aborted. */
  constructor(stream: Duplex, signal: AbortSignal) {
    this.#stream = stream;
    const wake = () => this.#wake();
    const fail = (error: Error) => this.fail(error instanceof Fault ? error : endedFault(error));
    const end = () => this.#finish(endedFault());
    const abort = () => this.fail(cancelledFault(signal, 'Talking to the VNC server'));
    stream.on('readable', wake).on('error', fail).on('end', end).on('close', end);
    signal.addEventListener('abort', abort, { once: true });
    this.#stopListening = () => {
      stream.off('readable', wake).off('end', end).off('close', end);
      // One that is ended may still tell of an error, which nobody else would hear.
      if (!stream.destroyed) stream.off('error', fail);
      signal.removeEventListener('abort', abort);
    };
    if (signal.aborted) abort();
    else if (stream.destroyed) end();
  }

  /** Exactly so many bytes. Throws the Fault of a connection that has ended, in the midst of them or before. */
  async read(count: number): Promise<Buffer> {
    this.#reads += 1;
    if (this.#reads % readsAtOnce === 0) await breathe();
    while (this.#length < count) {
      const chunk = this.#failure === undefined ? (this.#stream.read() as Buffer | null) : null;
      if (chunk !== null) {
        this.#chunks.push(chunk);
        this.#length += chunk.length;
      } else if (this.#failure !== undefined) throw this.#failure;
      else await this.#waitForMore();
    }
    return this.#take(count);
  }

  /** Reads past bytes that mean nothing here, without keeping them. */
  async skip(count: number): Promise<void> {
    for (let left = count; left > 0; left -= 65_536) await this.read(Math.min(left, 65_536));
  }

  async byte(): Promise<number> {
    return (await this.read(1)).readUInt8(0);
  }

  async uint16(): Promise<number> {
    return (await this.read(2)).readUInt16BE(0);
  }

  async uint32(): Promise<number> {
    return (await this.read(4)).readUInt32BE(0);
  }

  /** Ends the connection: from here on every read throws this, whatever has come before. The first reason stays. */
  fail(fault: Fault): void {
    // That the other side has ended matters only once everything before it has been read.
    if (this.#length > 0) this.#failure = fault;
    this.#chunks = [];
    this.#length = 0;
    this.#finish(fault);
  }

  #finish(fault: Fault): void {
    this.#failure ??= fault;
    this.#stream.destroy();
    this.#stopListening();
    this.#wake();
  }

  /** Ends the connection when the work is not done in time. */
  async within<Result>(milliseconds: number, what: string, work: () => Promise<Result>): Promise<Result> {
    const fault = new Fault('timeout', `${what} took more than ${milliseconds / 1000} s.`, {
      remedy: 'Try again when the host has less to do.',
      data: { milliseconds },
    });
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      this.fail(fault);
      reject(fault);
    }, milliseconds);
    try {
      return await Promise.race([work(), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Gives the connection back, with whatever was taken from it and not read. */
  release(): void {
    this.#stopListening();
    const rest = this.#take(this.#length);
    if (rest.length > 0 && !this.#stream.destroyed) this.#stream.unshift(rest);
  }

  async #waitForMore(): Promise<void> {
    await new Promise<void>(resolve => {
      this.#wake = resolve;
    });
  }

  #take(count: number): Buffer {
    const [first] = this.#chunks;
    this.#length -= count;
    if (first !== undefined && first.length > count) {
      this.#chunks[0] = first.subarray(count);
      return first.subarray(0, count);
    }
    const whole = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks);
    this.#chunks = whole.length > count ? [whole.subarray(count)] : [];
    return whole.subarray(0, count);
  }
}

function endedFault(cause?: Error): Fault {
  return new Fault('failed', 'The VNC server ended the connection.', {
    remedy: 'Look whether the machine still runs, then try again.',
    ...(cause !== undefined && { cause, data: { error: cause.message } }),
  });
}
