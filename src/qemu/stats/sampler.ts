import type { StatisticsSample } from '../../model/statistics.ts';

export interface SamplerOptions {
  /** Milliseconds between two samples; 2 s when left out. */
  readonly intervalMs?: number | undefined;
  /** Samples kept; 300 when left out. */
  readonly capacity?: number | undefined;
  /** Stops by itself when nobody has asked for this long, in milliseconds; never when left out. */
  readonly idleMs?: number | undefined;
}

const defaultInterval = 2000;
const defaultCapacity = 300;

/**
 * Takes a sample again and again and keeps the latest. `read` gives nothing when the machine is gone, which ends the
 * sampling; what it throws costs one sample. Does not keep the process alive, and never runs two reads at once.
 */
export class Sampler {
  readonly intervalMs: number;
  readonly #read: () => Promise<StatisticsSample | undefined>;
  readonly #capacity: number;
  readonly #idleMs: number;
  readonly #samples: StatisticsSample[] = [];
  #timer: NodeJS.Timeout | undefined;
  #reading = false;
  #lastAsked = performance.now();

  constructor(read: () => Promise<StatisticsSample | undefined>, options: SamplerOptions = {}) {
    this.#read = read;
    this.intervalMs = options.intervalMs ?? defaultInterval;
    this.#capacity = options.capacity ?? defaultCapacity;
    this.#idleMs = options.idleMs ?? Number.POSITIVE_INFINITY;
  }

  get running(): boolean {
    return this.#timer !== undefined;
  }

  /** Begins, or goes on; the first sample is taken at once. */
  start(): void {
    if (this.#timer) return;
    this.#lastAsked = performance.now();
    this.#timer = setInterval(() => void this.#sample(), this.intervalMs);
    this.#timer.unref();
    void this.#sample();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Oldest first. */
  list(): StatisticsSample[] {
    this.#lastAsked = performance.now();
    return [...this.#samples];
  }

  async #sample(): Promise<void> {
    if (performance.now() - this.#lastAsked > this.#idleMs) return this.stop();
    if (this.#reading) return;
    this.#reading = true;
    try {
      const sample = await this.#read();
      if (!this.#timer) return;
      if (sample === undefined) return this.stop();
      this.#samples.push(sample);
      if (this.#samples.length > this.#capacity) this.#samples.shift();
    } catch {
      // A machine that is busy for a moment; the next sample may work.
    } finally {
      this.#reading = false;
    }
  }
}
