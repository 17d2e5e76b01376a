import { statSync } from 'node:fs';
import { open } from 'node:fs/promises';

const chunkBytes = 1024 * 1024;
const headBytes = 256 * 1024;
const tailBytes = 1024 * 1024;
/** The file is cut when it has grown to this, so that a guest that never stops writing does not fill the disk. */
const cutBytes = 32 * 1024 * 1024;

/** Follows a file that another program appends to. Keeps the beginning and the end of what was written. */
export class LogTail {
  readonly #file: string;
  #offset = 0;
  #head: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  #tail: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  #dropped = 0;
  #text: string | undefined;
  #reading: Promise<void> = Promise.resolve();

  constructor(file: string) {
    this.#file = file;
  }

  /** All text so far, as UTF-8. Where something had to be dropped a line says so. */
  async read(): Promise<string> {
    await this.drain();
    this.#text ??= this.#join();
    return this.#text;
  }

  #join(): string {
    if (this.#dropped === 0) return Buffer.concat([this.#head, this.#tail]).toString('utf8');
    const gap = `\n[… ${this.#dropped} bytes left out …]\n`;
    return `${this.#head.toString('utf8')}${gap}${this.#tail.toString('utf8')}`;
  }

  /** Takes in what is new. */
  async drain(): Promise<void> {
    // One after the other; a failed turn does not keep the next from trying.
    const turn = this.#reading.then(() => this.#takeNew());
    this.#reading = turn.catch(() => {});
    await turn;
  }

  // Asked many times before something is new. Windows may be late to tell the size of a file that is being written.
  #mayHaveGrown(): boolean {
    if (process.platform === 'win32') return true;
    try {
      return statSync(this.#file).size !== this.#offset;
    } catch {
      // Not begun, or already removed.
      return false;
    }
  }

  async #takeNew(): Promise<void> {
    if (!this.#mayHaveGrown()) return;
    // A missing file is one that was not begun, or is already removed.
    const file = await open(this.#file, 'r+').catch(() => open(this.#file, 'r').catch(() => undefined));
    if (!file) return;
    try {
      const { size } = await file.stat();
      if (size < this.#offset) this.#offset = 0;
      // Of a flood only the end is read.
      const skipped = Math.max(0, size - this.#offset - tailBytes - headBytes);
      if (this.#head.length >= headBytes && skipped > 0) this.#skip(skipped);
      while (this.#offset < size) {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(chunkBytes, size - this.#offset)), {
          position: this.#offset,
        });
        if (bytesRead === 0) break;
        this.#offset += bytesRead;
        this.#add(buffer.subarray(0, bytesRead));
      }
      if (this.#offset >= cutBytes) await this.#cut(file);
    } finally {
      await file.close();
    }
  }

  #skip(bytes: number): void {
    this.#text = undefined;
    this.#dropped += this.#tail.length + bytes;
    this.#tail = Buffer.alloc(0);
    this.#offset += bytes;
  }

  #add(chunk: Buffer): void {
    this.#text = undefined;
    const room = headBytes - this.#head.length;
    if (room > 0) this.#head = Buffer.concat([this.#head, chunk.subarray(0, room)]);
    const rest = chunk.subarray(Math.max(0, room));
    if (rest.length === 0) return;
    const tail = Buffer.concat([this.#tail, rest]);
    this.#dropped += Math.max(0, tail.length - tailBytes);
    this.#tail = tail.length > tailBytes ? Buffer.from(tail.subarray(-tailBytes)) : tail;
  }

  async #cut(file: { truncate(): Promise<void> }): Promise<void> {
    try {
      await file.truncate();
      this.#offset = 0;
    } catch {
      // Windows does not cut a file that another program holds open.
    }
  }
}
