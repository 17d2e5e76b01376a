import type { Socket } from 'node:net';
import type { DiskImage } from '../disk-image.ts';
import type { BufferPool } from './buffer-pool.ts';
import { type ExportFacts, Handshake } from './handshake.ts';
import { InputBytes } from './input-bytes.ts';
import type { MemoryBudget, MemoryShare } from './memory-budget.ts';
import type { ReadFaults } from './read-faults.ts';
import { ReplyQueue } from './reply-queue.ts';
import { Transmission } from './transmission.ts';

/** How long and how much a client may keep the server waiting. */
export interface Limits {
  /** For the whole handshake. */
  readonly handshakeMs: number;
  /** Until a client that takes no byte of what it asked for is dropped. */
  readonly stallMs: number;
  /** Bytes of replies of one connection, and of all together; a single large request may take more when there is none beside it. */
  readonly connectionBytes: number;
  readonly totalBytes: number;
}

/** What all connections of an export share. */
export interface ExportContext {
  readonly image: DiskImage;
  readonly facts: ExportFacts;
  readonly faults: ReadFaults;
  readonly pool: BufferPool;
  readonly budget: MemoryBudget;
  readonly limits: Limits;
}

/** Looks for progress that often in the time of a stall; counted in looks, so that a host that slept does no harm. */
const stallLooks = 4;

/** One client, from its greeting to its end. Whatever it sends or leaves out, only its own connection ends by it. */
export class Connection {
  /** Whether it may read the disk: until then it is a stranger. */
  isAgreed = false;
  /** Resolves when the socket is closed. */
  readonly ended: Promise<void>;
  readonly #context: ExportContext;
  readonly #socket: Socket;
  readonly #input = new InputBytes();
  readonly #handshake: Handshake;
  readonly #replies: ReplyQueue;
  readonly #memory: MemoryShare;
  readonly #handshakeTimer: NodeJS.Timeout;
  #transmission: Transmission | undefined;
  #stallTimer: NodeJS.Timeout | undefined;
  #handshakeOver = false;
  #closed = false;

  constructor(context: ExportContext, socket: Socket) {
    this.#context = context;
    this.#socket = socket;
    this.#memory = context.budget.share(context.limits.connectionBytes);
    this.#replies = new ReplyQueue(socket, buffers => this.#written(buffers));
    this.#handshake = new Handshake(context.facts, bytes => this.#replies.push(bytes));
    this.#handshakeTimer = setTimeout(() => this.abandon(), context.limits.handshakeMs).unref();
    this.ended = new Promise(resolve => socket.once('close', resolve)).then(() => this.#close());
    // What went wrong with a client's socket is of no use to anybody; that it is closed follows.
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => this.#receive(bytes));
    socket.on('end', () => this.#inputEnded());
  }

  /** Breaks the connection. */
  abandon(): void {
    this.#socket.destroy();
  }

  #receive(bytes: Buffer): void {
    this.#input.push(bytes);
    if (this.#transmission) this.#transmission.advance();
    else this.#shakeHands();
  }

  #shakeHands(): void {
    const state = this.#handshake.advance(this.#input);
    if (state === 'over') this.#handshakeOver = true;
    if (state === 'transmission') this.#startTransmission();
    // Who asks without reading the answers is not read either.
    else if (this.#replies.waiting > 0) this.#socket.pause();
    else this.#answered();
  }

  #startTransmission(): void {
    clearTimeout(this.#handshakeTimer);
    this.isAgreed = true;
    const { image, pool, faults, limits } = this.#context;
    const [memory, replies] = [this.#memory, this.#replies];
    const isClosed = () => this.#closed;
    const { structured, tellsAllocation } = this.#handshake;
    this.#transmission = new Transmission(
      { image, pool, memory, replies, faults, isClosed },
      { structured, tellsAllocation },
      this.#input,
      {
        wantInput: wanted => (wanted ? this.#socket.resume() : this.#socket.pause()),
        end: () => this.#socket.destroySoon(),
        abandon: () => this.abandon(),
      },
    );
    this.#watchProgress(limits.stallMs);
    this.#socket.resume();
    this.#transmission.advance();
  }

  #watchProgress(stallMs: number): void {
    let seen = -1;
    let looks = 0;
    const look = () => {
      const { progress, waiting } = this.#replies;
      looks = waiting > 0 && progress === seen ? looks + 1 : 0;
      seen = progress;
      if (looks >= stallLooks) this.abandon();
    };
    this.#stallTimer = setInterval(look, stallMs / stallLooks).unref();
  }

  #inputEnded(): void {
    if (this.#transmission) this.#transmission.inputEnded();
    else this.abandon();
  }

  #written(buffers: readonly (Buffer | undefined)[]): void {
    for (const buffer of buffers) {
      if (!buffer) continue;
      this.#context.pool.giveBack(buffer);
      this.#memory.release(buffer.length);
    }
    if (this.#transmission) this.#transmission.wake();
    else if (this.#replies.waiting === 0) this.#answered();
  }

  /** All that was asked during the handshake is answered. */
  #answered(): void {
    if (this.#handshakeOver) this.#socket.destroySoon();
    else this.#socket.resume();
  }

  #close(): void {
    this.#closed = true;
    clearTimeout(this.#handshakeTimer);
    clearInterval(this.#stallTimer);
    this.#input.clear();
    this.#replies.close();
    this.#transmission?.inputEnded();
  }
}
