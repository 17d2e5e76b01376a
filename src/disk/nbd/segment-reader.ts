import type { DiskImage } from '../disk-image.ts';
import type { LocatedPiece } from '../formats/format.ts';
import { type ByteReader, fill } from '../source/byte-reader.ts';
import { headSpace } from './buffer-pool.ts';

/** Zeros of which there are fewer go with the data beside them. */
export const smallestHole = 4096;
/** System calls that one segment may have under way, however many pieces it consists of. */
const mostReads = 16;

/**
 * Puts the pieces of a stretch of the disk together in memory, one stretch after another. Neighbours in one file are read at
 * once. By callbacks and in numbers: this is done for every single request.
 */
export class SegmentReader {
  /** Up to where the segment is filled: its end, or where a hole begins. */
  position = 0;
  readonly #image: DiskImage;
  readonly #keepsHoles: boolean;
  readonly #done: (error: unknown) => void;
  #target: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  #located: LocatedPiece | undefined;
  #source: ByteReader | undefined;
  #runOffset = 0;
  #runLength = 0;
  #reading = 0;
  #locating = false;
  #active = false;
  #gathered = false;
  #error: unknown;

  /** `done` is told about each segment, sometimes before `read` returns; by then nothing is written to its memory any more. */
  constructor(image: DiskImage, keepsHoles: boolean, done: (error: unknown) => void) {
    this.#image = image;
    this.#keepsHoles = keepsHoles;
    this.#done = done;
  }

  /** Fills `target` behind its head with the disk from `start` to `end`, of which `first` is what begins there. */
  read(target: Buffer, start: number, end: number, first: LocatedPiece): void {
    this.#target = target;
    this.#start = start;
    this.#end = end;
    this.#located = first;
    this.#gathered = false;
    this.position = start;
    this.#advance();
  }

  #advance(): void {
    if (this.#active) return;
    this.#active = true;
    try {
      while (!this.#locating && this.#error === undefined && this.#reading < mostReads && this.#step());
    } catch (error) {
      this.#error ??= error;
    }
    this.#active = false;
    if (this.#reading > 0 || this.#locating) return;
    if (this.#gathered || this.#error !== undefined) this.#done(this.#error);
  }

  /** False when the segment is gathered, or a piece has yet to be found. */
  #step(): boolean {
    if (this.#gathered) return false;
    const piece = this.#located ?? this.#image.locate(this.position, this.#end - this.position);
    if (piece instanceof Promise) {
      this.#wait(piece);
      return false;
    }
    this.#located = undefined;
    const isHole = piece.kind === 'zero' && this.#keepsHoles && piece.length >= smallestHole;
    if (isHole && this.position > this.#start) this.#gathered = true;
    else this.#take(piece);
    if (this.position === this.#end) this.#gathered = true;
    if (this.#gathered) this.#readRun();
    return !this.#gathered;
  }

  #wait(piece: Promise<LocatedPiece>): void {
    this.#locating = true;
    const found = (located: LocatedPiece | undefined, error?: unknown) => {
      this.#locating = false;
      this.#located = located;
      this.#error ??= error;
      this.#advance();
    };
    piece.then(found, (error: unknown) => found(undefined, error));
  }

  #take(piece: LocatedPiece): void {
    const length = Math.min(piece.length, this.#end - this.position);
    const at = headSpace + this.position - this.#start;
    this.position += length;
    if (piece.kind === 'file') {
      if (this.#source === piece.source && this.#runOffset + this.#runLength === piece.offset) {
        this.#runLength += length;
        return;
      }
      this.#readRun(length);
      this.#source = piece.source;
      this.#runOffset = piece.offset;
      this.#runLength = length;
      return;
    }
    this.#readRun(length);
    if (piece.kind === 'zero') this.#target.fill(0, at, at + length);
    else piece.bytes.copy(this.#target, at, 0, length);
  }

  /** Reads what was gathered up to `after` bytes before the position. */
  #readRun(after = 0): void {
    const source = this.#source;
    if (!source) return;
    this.#source = undefined;
    this.#reading++;
    const length = this.#runLength;
    const at = headSpace + this.position - after - length - this.#start;
    fill(source, this.#target, at, length, this.#runOffset, this.#readDone);
  }

  readonly #readDone = (error?: unknown): void => {
    this.#reading--;
    this.#error ??= error;
    this.#advance();
  };
}
