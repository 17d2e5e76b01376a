import { protocolFault } from '../protocol-fault.ts';

/** Bytes that are all there, read from the start. Throws when they do not suffice. */
export class ByteCursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    return this.take(1)[0] ?? 0;
  }

  take(count: number): Uint8Array {
    if (count > this.left) throw protocolFault('less data than a rectangle needs', { wanted: count, left: this.left });
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }
}
