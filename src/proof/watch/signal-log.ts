import { escapeControls } from '../../errors/escape.ts';
import type { ProofSignal } from '../../model/proof.ts';

/** The first ones and the last ones are kept: how it began, and what led to the verdict. */
const firstSignals = 200;
const lastSignals = 199;
const longestMessage = 300;

/** What was noticed and when, in order; bounded, so that a restless guest fills no memory. */
export class SignalLog {
  readonly #first: ProofSignal[] = [];
  readonly #latest: ProofSignal[] = [];
  readonly #last = new Map<string, string>();
  /** The first of those that had no room. */
  #left: ProofSignal | undefined;
  #leftOut = 0;

  get entries(): ProofSignal[] {
    const gap = this.#left && {
      ...this.#left,
      message: `${this.#leftOut} signals, from here on, are more than can be kept.`,
    };
    return [...this.#first, ...(gap ? [gap] : []), ...this.#latest];
  }

  /** Notes something that happened. */
  add(at: number, kind: ProofSignal['kind'], message: string): void {
    const text = escapeControls(message.slice(0, longestMessage)).slice(0, longestMessage);
    const signal = { at: Math.round(at * 1000) / 1000, kind, message: text };
    if (this.#first.length < firstSignals) {
      this.#first.push(signal);
      return;
    }
    this.#latest.push(signal);
    if (this.#latest.length <= lastSignals) return;
    const oldest = this.#latest.shift();
    this.#left ??= oldest;
    this.#leftOut += 1;
  }

  /** Notes a state of something only when it differs from what was last noted under `topic`. */
  change(at: number, kind: ProofSignal['kind'], topic: string, message: string): void {
    if (this.#last.get(topic) === message) return;
    this.#last.set(topic, message);
    this.add(at, kind, message);
  }
}
