import { setImmediate } from 'node:timers/promises';

const longest = 20;

/** Lets the rest of the process run now and then: what only reads from caches would keep even a cancellation from arriving. */
export class Pauses {
  #last = performance.now();

  async take(): Promise<void> {
    if (performance.now() - this.#last < longest) return;
    await setImmediate();
    this.#last = performance.now();
  }
}
