/** A read of what the system has in its cache takes no longer than this, and so much more for each byte. */
const quickMs = 0.05;
const quickMsPerByte = 0.5e-6;
const fewest = 8;
const most = 512;

/**
 * Tells whether it is better to wait for a read than to hand it to another thread. Handing over takes longer than a read of
 * what is in the system's cache; but a disk or a network that has to be asked is to be asked for many things at once. After a
 * read that was slow the next ones are handed over, more and more of them as long as trying again is slow.
 */
export class ReadTempo {
  #left = 0;
  #next = fewest;

  /** Whether to wait for the next read; then `took` wants to know how long that was. */
  isQuick(): boolean {
    if (this.#left === 0) return true;
    this.#left--;
    return false;
  }

  took(milliseconds: number, bytes: number): void {
    if (milliseconds <= quickMs + bytes * quickMsPerByte) {
      this.#next = fewest;
      return;
    }
    this.#left = this.#next;
    this.#next = Math.min(most, this.#next * 2);
  }
}
