import type { Writable } from 'node:stream';

/** Output that may wait for a slow client before input is no longer read. */
const fullBytes = 4 * 2 ** 20;

/**
 * Writes lines, those of one turn of the event loop in one piece: a client that has 32 calls under way costs few system
 * calls. `onFull` and `onDrained` tell when the client does not read as fast as it asks.
 */
export class LineWriter {
  onFull: () => void = () => {};
  onDrained: () => void = () => {};
  readonly #output: Writable;
  readonly #write: (text: string) => unknown;
  #pending = '';
  #scheduled = false;
  #full = false;
  #closed = false;

  constructor(output: Writable, write: (text: string) => unknown) {
    this.#output = output;
    this.#write = write;
    output.on('drain', () => this.#drained());
  }

  write(line: string): void {
    if (this.#closed) return;
    this.#pending += `${line}\n`;
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#flush());
  }

  /** Resolves when everything is with the operating system, or after the given time. Nothing is written thereafter. */
  async close(milliseconds: number): Promise<void> {
    this.#flush();
    this.#closed = true;
    if (this.#output.writableLength === 0 || this.#output.destroyed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, milliseconds);
    this.#output.once('drain', resolve).once('error', resolve);
    await promise;
    clearTimeout(timer);
  }

  #flush(): void {
    this.#scheduled = false;
    const text = this.#pending;
    this.#pending = '';
    if (text === '' || this.#closed) return;
    this.#write(text);
    if (this.#full || this.#output.writableLength < fullBytes) return;
    this.#full = true;
    this.onFull();
  }

  #drained(): void {
    if (!this.#full) return;
    this.#full = false;
    this.onDrained();
  }
}
