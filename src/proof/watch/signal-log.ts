import { escapeControls } from '../../errors/escape.ts';
import type { ProofSignal } from '../../model/proof.ts';

const mostSignals = 400;
const longestMessage = 300;

/** What was noticed and when, in order; bounded, so that a restless guest fills no memory. */
export class SignalLog {
  readonly entries: ProofSignal[] = [];
  readonly #last = new Map<string, string>();

  /** Notes something that happened. */
  add(at: number, kind: ProofSignal['kind'], message: string): void {
    if (this.entries.length >= mostSignals) return;
    const isLast = this.entries.length === mostSignals - 1;
    const text = isLast
      ? 'More than can be kept happened after this.'
      : escapeControls(message).slice(0, longestMessage);
    this.entries.push({ at: Math.round(at * 1000) / 1000, kind, message: text });
  }

  /** Notes a state of something only when it differs from what was last noted under `topic`. */
  change(at: number, kind: ProofSignal['kind'], topic: string, message: string): void {
    if (this.#last.get(topic) === message) return;
    this.#last.set(topic, message);
    this.add(at, kind, message);
  }
}
