/** Two looks are never so far apart while QEMU answers, in seconds. */
const longestStep = 5;

/**
 * The time that counts for patience: from look to look. Of a time in which QEMU did not answer, stopped or kept from running,
 * only a little counts, since the guest can have done nothing in it that would be seen.
 */
export class ObservedTime {
  readonly #now: () => number;
  #seconds = 0;
  #lookedAt = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** To be called when QEMU has answered. */
  look(): void {
    this.#seconds = this.seconds;
    this.#lookedAt = this.#now();
  }

  /** How long QEMU has not answered. */
  get silentSeconds(): number {
    return this.#now() - this.#lookedAt;
  }

  get seconds(): number {
    return this.#seconds + Math.min(this.silentSeconds, longestStep);
  }
}
