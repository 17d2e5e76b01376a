/** Bytes in front of the data of a pooled buffer: there the header of the reply is written. */
export const headSpace = 32;

/** The most data that one buffer holds. */
export const largestSegment = 256 * 1024;

const sizes = [4 * 1024, 16 * 1024, 64 * 1024, largestSegment].map(size => size + headSpace);
const mostIdle = 8 * 1024 * 1024;

/**
 * Buffers that are used again: fresh memory has to be mapped and cleared by the system, which takes as long as filling it.
 * Handed out last in, first out, so that what the processor still has in its cache is used first.
 */
export class BufferPool {
  readonly #idle: Buffer[][] = sizes.map(() => []);
  #idleBytes = 0;

  /** Bytes of the buffer that `take` gives for so much data. */
  capacity(length: number): number {
    return sizes[sizeIndex(length + headSpace)] ?? 0;
  }

  /** Room for `length` bytes of data, at most `largestSegment`, behind the head. Holds whatever it held before. */
  take(length: number): Buffer {
    const index = sizeIndex(length + headSpace);
    const known = this.#idle[index]?.pop();
    if (!known) return Buffer.allocUnsafeSlow(sizes[index] ?? 0);
    this.#idleBytes -= known.length;
    return known;
  }

  /** Nothing may read or write the buffer any more. */
  giveBack(buffer: Buffer): void {
    if (this.#idleBytes + buffer.length > mostIdle) return;
    this.#idleBytes += buffer.length;
    this.#idle[sizeIndex(buffer.length)]?.push(buffer);
  }

  /** Forgets the idle buffers. */
  clear(): void {
    for (const buffers of this.#idle) buffers.length = 0;
    this.#idleBytes = 0;
  }
}

function sizeIndex(bytes: number): number {
  let index = 0;
  while (index < sizes.length - 1 && (sizes[index] ?? 0) < bytes) index++;
  return index;
}
