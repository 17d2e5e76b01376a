import { cancelledFault } from '../../../errors/fault.ts';

type Waiter = () => void;

/**
 * Lets so many requests out at a time. Calls take turns, each told by its signal: one that asks for a thousand machines
 * does not keep another waiting for them all.
 */
export class RequestQueue {
  readonly #waiting = new Map<AbortSignal, Waiter[]>();
  #free: number;

  constructor(places: number) {
    this.#free = places;
  }

  async run<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    await this.#enter(signal);
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  async #enter(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw cancelledFault(signal, 'The request');
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const own = this.#waiting.get(signal) ?? [];
    this.#waiting.set(signal, [...own, resolve]);
    const giveUp = () => {
      this.#forget(signal, resolve);
      reject(cancelledFault(signal, 'The request'));
    };
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    const [signal, [first, ...others]] = next;
    // To the end of the row, behind the calls that have had no turn yet.
    this.#waiting.delete(signal);
    if (others.length > 0) this.#waiting.set(signal, others);
    first?.();
  }

  #forget(signal: AbortSignal, waiter: Waiter): void {
    const others = (this.#waiting.get(signal) ?? []).filter(other => other !== waiter);
    if (others.length > 0) this.#waiting.set(signal, others);
    else this.#waiting.delete(signal);
  }
}
