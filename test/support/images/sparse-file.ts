import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';

/** A file that is written at any place: what is never written stays a hole, so that large images take up little. */
export class SparseFile {
  readonly path: string;
  readonly #handle: number;
  #size: number;

  /** Makes a new file, or changes the one that is there. */
  constructor(path: string, flags: 'w+' | 'r+' = 'w+') {
    this.path = path;
    this.#handle = openSync(path, flags);
    this.#size = fstatSync(this.#handle).size;
  }

  get size(): number {
    return this.#size;
  }

  write(offset: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.#handle, bytes, done, bytes.length - done, offset + done);
    }
    this.#size = Math.max(this.#size, offset + bytes.length);
  }

  /** What lies past the end reads as zeros. */
  read(offset: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    for (let done = 0; done < length; ) {
      const count = readSync(this.#handle, bytes, done, length - done, offset + done);
      if (count === 0) break;
      done += count;
    }
    return bytes;
  }

  /** Makes the file at least so large. */
  extend(size: number): void {
    if (size > this.#size) this.resize(size);
  }

  resize(size: number): void {
    ftruncateSync(this.#handle, size);
    this.#size = size;
  }

  close(): void {
    closeSync(this.#handle);
  }
}
