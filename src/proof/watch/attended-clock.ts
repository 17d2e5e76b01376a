const tickEvery = 500;
/** A timer of a process that runs is never so late, in seconds. */
const longestAbsence = 5;

/**
 * Seconds since a moment, without those in which this process did not run: suspended, paused with its host, or kept from
 * running. What the guest did meanwhile nobody saw, and often it was suspended as well.
 */
export class AttendedClock {
  readonly #read: () => number;
  readonly #timer: NodeJS.Timeout;
  #last: number;
  #seconds: number;

  /** `passed`: seconds that have passed already. `read`: a clock that nobody sets, in seconds. */
  constructor(passed = 0, read: () => number = () => performance.now() / 1000) {
    this.#read = read;
    this.#last = read();
    this.#seconds = Math.max(0, passed);
    this.#timer = setInterval(() => void this.seconds, tickEvery);
    this.#timer.unref();
  }

  get seconds(): number {
    const now = this.#read();
    const step = now - this.#last;
    this.#last = now;
    this.#seconds += step > longestAbsence ? tickEvery / 1000 : step;
    return this.#seconds;
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
