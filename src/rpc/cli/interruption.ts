import { constants } from 'node:os';
import { Fault } from '../../errors/fault.ts';

// SIGBREAK is what Windows sends for Ctrl+Break.
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] as const;

/** What Ctrl-C and its like do: cancel the first time, leave at once the third time. */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #listeners = new Set<(times: number) => void>();
  #times = 0;
  #status: number | undefined;

  constructor() {
    for (const name of signals) process.on(name, () => this.#interrupt(name));
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** 130 after Ctrl-C, 143 after SIGTERM; undefined when nothing came. */
  get exitStatus(): number | undefined {
    return this.#status;
  }

  /** Tells of each signal with its number, from 1; the calls are then not cancelled by it. */
  listen(listener: (times: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #interrupt(name: (typeof signals)[number]): void {
    this.#times++;
    this.#status ??= 128 + (constants.signals[name] ?? 0);
    if (this.#listeners.size > 0) {
      for (const listener of this.#listeners) listener(this.#times);
      return;
    }
    if (this.#times === 1) this.#controller.abort(new Fault('cancelled', `Cancelled by ${nameOf(name)}.`));
    if (this.#times === 2) process.stderr.write('vmbridge: cleaning up; once more leaves at once.\n');
    if (this.#times > 2) process.exit(this.#status);
  }
}

function nameOf(signal: string): string {
  return signal === 'SIGINT' ? 'Ctrl-C' : signal;
}
