import { read, readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { cancelledFault, Fault } from '../../errors/fault.ts';
import { checkRange } from './check-range.ts';
import { fileFault } from './file-fault.ts';
import { invalidStructure } from './invalid-structure.ts';
import type { OpenFile } from './open-file.ts';
import { ReadTempo } from './read-tempo.ts';

/** The reads of one open file. It is closed once those that are under way have ended. */
export class FileReader implements OpenFile {
  readonly path: string;
  readonly size: number;
  readonly identity: string;
  readonly #handle: FileHandle;
  readonly #tempo = new ReadTempo();
  #pending = 0;
  #settled: (() => void) | undefined;
  #closed: Promise<void> | undefined;

  constructor(handle: FileHandle, path: string, size: number, identity: string) {
    this.#handle = handle;
    this.path = path;
    this.size = size;
    this.identity = identity;
  }

  async read(offset: number, length: number, signal?: AbortSignal): Promise<Buffer> {
    checkRange(this, 'range', offset, length);
    const bytes = Buffer.allocUnsafeSlow(length);
    await this.readInto(bytes, offset, signal);
    return bytes;
  }

  async readInto(target: Buffer, offset: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) throw cancelledFault(signal, `Reading "${this.path}"`);
    this.#check(offset, target.length);
    await new Promise<void>((resolve, reject) => {
      this.#handOver(target, 0, target.length, offset, error => (error === undefined ? resolve() : reject(error)));
    });
  }

  fill(target: Buffer, start: number, length: number, offset: number, done: (error?: unknown) => void): void {
    let count = 0;
    try {
      this.#check(offset, length);
      if (this.#tempo.isQuick()) count = this.#readNow(target, start, length, offset);
    } catch (error) {
      done(fileFault(error, this.path));
      return;
    }
    if (count === length) done();
    else this.#handOver(target, start, length, offset, done);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    if (this.#pending > 0) {
      await new Promise<void>(resolve => {
        this.#settled = resolve;
      });
    }
    await this.#handle.close();
  }

  #check(offset: number, length: number): void {
    checkRange(this, 'range', offset, length);
    const { path } = this;
    // The number of a closed handle may be that of another file by now.
    if (this.#closed) throw new Fault('failed', `"${path}" was read after it had been closed.`, { data: { path } });
  }

  #readNow(target: Buffer, start: number, length: number, offset: number): number {
    const began = performance.now();
    const count = readSync(this.#handle.fd, target, start, length, offset);
    this.#tempo.took(performance.now() - began, length);
    return count;
  }

  /** Lets another thread read. By callbacks: where much is read, a promise for each system call is felt. */
  #handOver(target: Buffer, start: number, length: number, offset: number, done: (error?: unknown) => void): void {
    const { path } = this;
    const { fd } = this.#handle;
    let got = 0;
    const end = (error?: unknown) => {
      this.#pending--;
      if (this.#pending === 0) this.#settled?.();
      done(error);
    };
    const next = () => read(fd, target, start + got, length - got, offset + got, take);
    const take = (error: Error | null, count: number) => {
      got += count;
      if (error) end(fileFault(error, path));
      else if (got === length) end();
      else if (count > 0) next();
      else end(invalidStructure(path, 'file', offset + got, 'became shorter while it was read'));
    };
    this.#pending++;
    if (length === 0) end();
    else next();
  }
}
