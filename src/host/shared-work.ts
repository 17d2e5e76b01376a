import { cancelledFault } from '../errors/fault.ts';

interface Job<T> {
  readonly result: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

/** Work that several callers want at once and that is done once. It is cancelled when the last of them has gone away. */
export class SharedWork<T> {
  readonly #jobs = new Map<string, Job<T>>();

  async run(key: string, work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted) throw cancelledFault(signal, 'The call');
    const job = this.#jobs.get(key) ?? this.#start(key, work);
    job.waiting += 1;
    const { promise: gone, reject } = Promise.withResolvers<never>();
    const leave = () => {
      job.waiting -= 1;
      if (job.waiting > 0) return reject(signal && cancelledFault(signal, 'The call'));
      // The last one waits until the work has cleaned up after itself.
      this.#forget(key, job);
      job.controller.abort(signal?.reason);
    };
    signal?.addEventListener('abort', leave, { once: true });
    try {
      return await Promise.race([job.result, gone]);
    } finally {
      signal?.removeEventListener('abort', leave);
    }
  }

  #start(key: string, work: (signal: AbortSignal) => Promise<T>): Job<T> {
    const controller = new AbortController();
    const job: Job<T> = { result: work(controller.signal), controller, waiting: 0 };
    this.#jobs.set(key, job);
    const forget = () => this.#forget(key, job);
    job.result.then(forget, forget);
    return job;
  }

  #forget(key: string, job: Job<T>): void {
    if (this.#jobs.get(key) === job) this.#jobs.delete(key);
  }
}
