import type { Worker } from 'tesseract.js';

/** A recogniser that is started at its first use and does one piece of work after the other: each sets it up for its passes. */
export class RecogniserQueue {
  readonly #start: () => Promise<Worker | undefined>;
  #worker: Promise<Worker | undefined> | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  /** Pieces of work that have not ended. */
  #waiting = 0;

  constructor(start: () => Promise<Worker | undefined>) {
    this.#start = start;
  }

  /** The work's result; undefined where the recogniser or its data is missing, or nobody waits for it any more. */
  run<Result>(work: (worker: Worker) => Promise<Result>, signal: AbortSignal | undefined): Promise<Result | undefined> {
    this.#waiting += 1;
    const result = this.#turn
      .then(async () => {
        this.#worker ??= this.#start();
        const worker = await this.#worker;
        // A worker that was ended meanwhile would never answer.
        return worker && !signal?.aborted ? await work(worker) : undefined;
      })
      .finally(() => {
        this.#waiting -= 1;
      });
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /**
   * Ends the recogniser; later work starts it again. One that is at work ends when it has finished, which is not waited for:
   * the library does not bear to lose it meanwhile.
   */
  async close(): Promise<void> {
    const [worker, work, isIdle] = [this.#worker, this.#turn, this.#waiting === 0];
    this.#worker = undefined;
    this.#turn = Promise.resolve();
    const end = async (): Promise<void> => {
      await (await worker)?.terminate();
    };
    if (isIdle) await end();
    else void work.then(end);
  }
}
