import type { LocatedPiece } from '../formats/format.ts';
import type { JobContext } from './job-context.ts';
import { blockState, errorNumber } from './protocol.ts';
import { type Handle, makeBlockStatus, makeError } from './replies.ts';

const mostDescriptors = 1024;
/** Pieces that are looked up for one answer: a client asks again for what is missing. */
const mostSteps = 4096;

/** Answers one BLOCK_STATUS: what is a hole and what is data, from the offset on, as far as it is found with bounded work. */
export class StatusJob implements Handle {
  readonly handleHigh: number;
  readonly handleLow: number;
  readonly #context: JobContext;
  readonly #end: number;
  readonly #most: number;
  /** Pairs of length and state. */
  readonly #descriptors: number[] = [];
  #position: number;
  #steps = 0;

  constructor(context: JobContext, handle: Handle, offset: number, length: number, onlyOne: boolean) {
    this.handleHigh = handle.handleHigh;
    this.handleLow = handle.handleLow;
    this.#context = context;
    this.#position = offset;
    this.#end = offset + length;
    this.#most = onlyOne ? 1 : mostDescriptors;
  }

  advance(): void {
    const { image } = this.#context;
    try {
      while (this.#position < this.#end && this.#steps < mostSteps && !this.#context.isClosed()) {
        this.#steps++;
        const piece = image.locate(this.#position, this.#end - this.#position);
        if (piece instanceof Promise) {
          piece.then(this.#found, this.#failed);
          return;
        }
        if (!this.#add(piece)) break;
      }
    } catch (error) {
      this.#failed(error);
      return;
    }
    this.#finish(makeBlockStatus(this, this.#descriptors));
  }

  /** False when there is no room for it. */
  #add({ kind, length }: LocatedPiece): boolean {
    const state = kind === 'zero' ? blockState.holeOfZeros : blockState.data;
    const last = this.#descriptors.length - 2;
    if (this.#descriptors[last + 1] === state) {
      this.#descriptors[last] = (this.#descriptors[last] ?? 0) + length;
    } else {
      if (this.#descriptors.length === this.#most * 2) return false;
      this.#descriptors.push(length, state);
    }
    this.#position += length;
    return true;
  }

  readonly #found = (piece: LocatedPiece): void => {
    if (this.#add(piece)) this.advance();
    else this.#finish(makeBlockStatus(this, this.#descriptors));
  };

  readonly #failed = (error: unknown): void => {
    const { faults, image } = this.#context;
    // What came before the damage is told; a client that asks on learns of the rest.
    if (this.#descriptors.length > 0) this.#finish(makeBlockStatus(this, this.#descriptors));
    else this.#finish(makeError(this, errorNumber.EIO, faults.record(error, image.path)));
  };

  #finish(reply: Buffer): void {
    if (!this.#context.isClosed()) this.#context.replies.push(reply);
    this.#context.finished();
  }
}
