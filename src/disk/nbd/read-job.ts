import type { LocatedPiece } from '../formats/format.ts';
import { headSpace, largestSegment } from './buffer-pool.ts';
import type { JobContext } from './job-context.ts';
import { errorNumber } from './protocol.ts';
import {
  dataHeader,
  type Handle,
  makeError,
  makeHole,
  makeSimpleReply,
  simpleHeader,
  writeDataHeader,
  writeSimpleHeader,
} from './replies.ts';
import { SegmentReader, smallestHole } from './segment-reader.ts';

/** One simple reply, one structured chunk with all the data, or as many chunks as there are holes and segments. */
export type ReplyStyle = 'simple' | 'one-chunk' | 'chunks';

/** Holes that are passed by before others get their turn. */
const mostSteps = 1024;

/** Answers one READ of at least one byte, segment after segment. */
export class ReadJob implements Handle {
  readonly handleHigh: number;
  readonly handleLow: number;
  readonly #context: JobContext;
  readonly #style: ReplyStyle;
  readonly #start: number;
  readonly #end: number;
  readonly #segments: SegmentReader;
  /** All before it is in a reply, in a segment or in the hole that begins at `holeStart`. */
  #position: number;
  #holeStart: number;
  #located: LocatedPiece | undefined;
  #segment: Buffer | undefined;
  /** Segments that wait until all of the reply is there. */
  #whole: Buffer[] = [];
  /** Memory that was granted, as far as it is not in `replies`. */
  #held = 0;
  #waiting = false;
  #active = false;
  #error: unknown;

  constructor(context: JobContext, style: ReplyStyle, handle: Handle, offset: number, length: number) {
    this.handleHigh = handle.handleHigh;
    this.handleLow = handle.handleLow;
    this.#context = context;
    this.#style = style;
    this.#start = offset;
    this.#end = offset + length;
    this.#position = offset;
    this.#holeStart = offset;
    this.#segments = new SegmentReader(context.image, style === 'chunks', this.#segmentDone);
  }

  readonly advance = (): void => {
    if (this.#active) return;
    this.#active = true;
    try {
      for (let steps = 0; !this.#waiting && !this.#isOver(); steps++) {
        if (steps < mostSteps) this.#step();
        else this.#giveWay();
      }
    } catch (error) {
      this.#error ??= error;
    }
    this.#active = false;
    if (!this.#waiting) this.#finish();
  };

  #isOver(): boolean {
    return this.#position === this.#end || this.#error !== undefined || this.#context.isClosed();
  }

  #step(): void {
    const piece = this.#located ?? this.#context.image.locate(this.#position, this.#end - this.#position);
    if (piece instanceof Promise) {
      this.#waiting = true;
      piece.then(this.#found, this.#failed);
      return;
    }
    this.#located = piece;
    if (this.#isHole(piece)) this.#position += piece.length;
    else if (!this.#hasMemory()) return;
    else this.#readSegment(piece);
    this.#located = undefined;
  }

  #isHole({ kind, length }: LocatedPiece): boolean {
    if (kind !== 'zero' || this.#style === 'simple') return false;
    if (this.#style === 'one-chunk') return length === this.#end - this.#start;
    return length >= smallestHole || length === this.#end - this.#position;
  }

  #hasMemory(): boolean {
    if (this.#held > 0) return true;
    const { memory } = this.#context;
    const bytes = this.#neededMemory();
    if (memory.takeOrWait(bytes, this.#granted)) this.#held = bytes;
    else this.#waiting = true;
    return !this.#waiting;
  }

  /** For the next segment, or for all of them where nothing can be sent before. */
  #neededMemory(): number {
    const { pool } = this.#context;
    const left = this.#end - this.#position;
    if (this.#style === 'chunks') return pool.capacity(Math.min(left, largestSegment));
    const rest = left % largestSegment;
    return ((left - rest) / largestSegment) * pool.capacity(largestSegment) + (rest > 0 ? pool.capacity(rest) : 0);
  }

  #readSegment(first: LocatedPiece): void {
    this.#sendHole(false);
    const end = Math.min(this.#end, this.#position + largestSegment);
    const segment = this.#context.pool.take(end - this.#position);
    this.#segment = segment;
    this.#waiting = true;
    this.#segments.read(segment, this.#position, end, first);
  }

  readonly #segmentDone = (error: unknown): void => {
    this.#waiting = false;
    this.#error ??= error;
    const segment = this.#segment;
    if (segment && this.#error === undefined && !this.#context.isClosed()) {
      this.#segment = undefined;
      const start = this.#position;
      this.#position = this.#segments.position;
      this.#holeStart = this.#position;
      if (this.#style === 'chunks') this.#sendSegment(segment, start);
      else this.#whole.push(segment);
    }
    this.advance();
  };

  #sendSegment(segment: Buffer, start: number): void {
    const length = this.#position - start;
    const from = headSpace - dataHeader;
    writeDataHeader(segment, from, this, start, length, this.#position === this.#end);
    this.#held -= segment.length;
    this.#context.replies.push(segment.subarray(from, headSpace + length), segment);
  }

  #sendHole(isLast: boolean): void {
    const length = this.#position - this.#holeStart;
    if (length > 0) this.#context.replies.push(makeHole(this, this.#holeStart, length, isLast));
  }

  #finish(): void {
    const { replies, memory, faults, image } = this.#context;
    if (!this.#context.isClosed()) {
      if (this.#error !== undefined) {
        const message = faults.record(this.#error, image.path);
        const structured = this.#style !== 'simple';
        replies.push(structured ? makeError(this, errorNumber.EIO, message) : makeSimpleReply(this, errorNumber.EIO));
      } else {
        this.#sendHole(true);
        this.#sendWhole();
      }
    }
    for (const buffer of this.#whole) this.#context.pool.giveBack(buffer);
    if (this.#segment) this.#context.pool.giveBack(this.#segment);
    if (this.#held > 0) memory.release(this.#held);
    this.#context.finished();
  }

  #sendWhole(): void {
    let left = this.#end - this.#start;
    let from = headSpace;
    for (const [index, segment] of this.#whole.entries()) {
      if (index === 0) from = this.#writeHead(segment);
      const length = Math.min(left, largestSegment);
      this.#context.replies.push(segment.subarray(from, headSpace + length), segment);
      left -= length;
      from = headSpace;
    }
    this.#whole = [];
    this.#held = 0;
  }

  /** Where the head begins. */
  #writeHead(segment: Buffer): number {
    if (this.#style === 'simple') {
      writeSimpleHeader(segment, headSpace - simpleHeader, this);
      return headSpace - simpleHeader;
    }
    writeDataHeader(segment, headSpace - dataHeader, this, this.#start, this.#end - this.#start, true);
    return headSpace - dataHeader;
  }

  #giveWay(): void {
    this.#waiting = true;
    setImmediate(this.#goOn);
  }

  readonly #goOn = (): void => {
    this.#waiting = false;
    this.advance();
  };

  readonly #found = (piece: LocatedPiece): void => {
    this.#located = piece;
    this.#goOn();
  };

  readonly #failed = (error: unknown): void => {
    this.#error ??= error;
    this.#goOn();
  };

  readonly #granted = (): void => {
    this.#held = this.#neededMemory();
    this.#goOn();
  };
}
