/** Writes reports one at a time: what changes while one is being written goes into the next. */
export class ReportWriter {
  readonly #write: () => Promise<void>;
  #isWanted = false;
  #work: Promise<void> | undefined;

  constructor(write: () => Promise<void>) {
    this.#write = write;
  }

  /** Resolves when what is true now has been written. */
  async update(): Promise<void> {
    this.#isWanted = true;
    while (this.#isWanted || this.#work !== undefined) {
      if (this.#work === undefined) {
        this.#isWanted = false;
        this.#work = this.#write().finally(() => {
          this.#work = undefined;
        });
      }
      await this.#work;
    }
  }
}
