import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';

/** A sum that has to be right again before what it covers is looked at. */
export interface Sealed {
  readonly offset: number;
  readonly length: number;
  /** Puts the sum into a copy of the structure. */
  seal(structure: Buffer): Buffer;
}

export interface Field {
  readonly offset: number;
  readonly length: number;
}

export interface Mutation {
  readonly offset: number;
  readonly bytes: Buffer;
}

const page = 4096;
/** All that is damaged stands in the first part of a file. */
const longestHead = 12 * 1024 * 1024;

/** An image file that is damaged in place and mended again: nothing but what was changed is ever written. */
export class MutableImage {
  readonly path: string;
  readonly size: number;
  readonly #original: Buffer;
  readonly #current: Buffer;
  readonly #handle: number;
  readonly #sealed: readonly Sealed[];
  /** Where the pages are that are not all zeros. */
  readonly #filled: number[] = [];

  constructor(path: string, sealed: readonly Sealed[]) {
    this.path = path;
    this.#handle = openSync(path, 'r+');
    this.size = fstatSync(this.#handle).size;
    this.#original = Buffer.alloc(Math.min(this.size, longestHead));
    readSync(this.#handle, this.#original, 0, this.#original.length, 0);
    this.#current = Buffer.from(this.#original);
    this.#sealed = sealed;
    for (let at = 0; at < this.#original.length; at += page) {
      if (this.#original.subarray(at, at + page).some(byte => byte !== 0)) this.#filled.push(at);
    }
  }

  /** Whether it may be cut short: all of it is known, and can be put back. */
  get canBeCut(): boolean {
    return this.#original.length === this.size;
  }

  read(offset: number, length: number): Buffer {
    return this.#original.subarray(offset, offset + length);
  }

  /** Damages the file, and gives a function that mends it. */
  change(mutations: readonly Mutation[], { keepSums = false, size = this.size } = {}): () => void {
    const touched: Field[] = mutations.map(({ offset, bytes }) => ({ offset, length: bytes.length }));
    for (const { offset, bytes } of mutations) bytes.copy(this.#current, offset);
    for (const { offset, length, seal } of this.#sealed) {
      if (keepSums || !touched.some(each => each.offset < offset + length && offset < each.offset + each.length))
        continue;
      seal(Buffer.from(this.#current.subarray(offset, offset + length))).copy(this.#current, offset);
      touched.push({ offset, length: Math.min(128, length) }, { offset: offset + length - 128, length: 128 });
    }
    for (const each of touched) this.#put(this.#current, each);
    if (size !== this.size) ftruncateSync(this.#handle, size);
    return () => {
      for (const { offset, length } of touched) this.#original.copy(this.#current, offset, offset, offset + length);
      if (size < this.size) this.#restoreFrom(size);
      if (size !== this.size) ftruncateSync(this.#handle, this.size);
      for (const each of touched) this.#put(this.#original, each);
    };
  }

  #put(bytes: Buffer, { offset, length }: Field): void {
    const end = Math.min(offset + length, this.size);
    if (offset < end) writeSync(this.#handle, bytes, offset, end - offset, offset);
  }

  /** What a cut took away; holes stay holes. */
  #restoreFrom(size: number): void {
    for (const at of this.#filled) if (at + page > size) this.#put(this.#original, { offset: at, length: page });
  }

  close(): void {
    closeSync(this.#handle);
  }
}
