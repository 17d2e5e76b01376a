import { SharedWork } from '../../../host/shared-work.ts';

/** An answer that is kept for a while, and asked for once when several want it at the same time. */
export class Remembered<Value> {
  readonly #ask: (signal: AbortSignal) => Promise<Value>;
  readonly #milliseconds: number;
  readonly #work = new SharedWork<Value>();
  #known: { readonly value: Value; readonly at: number } | undefined;
  #generation = 0;

  constructor(milliseconds: number, ask: (signal: AbortSignal) => Promise<Value>) {
    this.#milliseconds = milliseconds;
    this.#ask = ask;
  }

  async get(signal: AbortSignal): Promise<Value> {
    const known = this.#known;
    if (known !== undefined && performance.now() - known.at < this.#milliseconds) return known.value;
    const generation = this.#generation;
    // What was asked for before something changed is no answer for those who ask after.
    return this.#work.run(
      String(generation),
      async shared => {
        const at = performance.now();
        const value = await this.#ask(shared);
        if (generation === this.#generation) this.#known = { value, at };
        return value;
      },
      signal,
    );
  }

  /** Milliseconds since it was asked for; undefined when it is not known. */
  get age(): number | undefined {
    return this.#known === undefined ? undefined : performance.now() - this.#known.at;
  }

  forget(): void {
    this.#known = undefined;
    this.#generation += 1;
  }
}
