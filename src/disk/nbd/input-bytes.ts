const nothing = Buffer.alloc(0);

/** What came in and is not understood yet. At most a few bytes are ever copied: those of a message cut in two. */
export class InputBytes {
  bytes: Buffer = nothing;
  /** Where the part that is not yet understood begins. */
  at = 0;

  get length(): number {
    return this.bytes.length - this.at;
  }

  push(chunk: Buffer): void {
    this.bytes = this.length === 0 ? chunk : Buffer.concat([this.bytes.subarray(this.at), chunk]);
    this.at = 0;
  }

  /** The next `count` bytes, once all of them are there. */
  take(count: number): Buffer | undefined {
    if (this.length < count) return undefined;
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  /** Drops up to `count` bytes and tells how many. */
  skip(count: number): number {
    const skipped = Math.min(count, this.length);
    this.at += skipped;
    return skipped;
  }

  clear(): void {
    this.bytes = nothing;
    this.at = 0;
  }
}
