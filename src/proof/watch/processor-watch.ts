import type { ProcessorState } from '../../qemu/guest/read-processors.ts';

interface Sample {
  readonly at: number;
  readonly processors: readonly ProcessorState[];
}

/** Seconds after which a machine that nothing can wake is given up, and one that runs in a tiny circle. */
const haltedSeconds = 10;
const loopSeconds = 20;
/** How much longer where the host does not tell what QEMU was given. */
const untoldSeconds = 25;
/** Fewer looks than this say nothing of what lies between them. */
const leastLooks = 15;
/** A loop that waits for nothing: a jump to itself, or a look at one place again and again, in bytes. */
const loopBytes = 64n;
const mostSamples = 400;
/** A clock's interrupt is met now and then. */
const nearlyAll = 0.9;
/**
 * A program that gets on comes to code where it has not been before: half of the latest looks and more find it there. Of one
 * that turns in a wide circle a third do at most, once it has been looked at for a minute.
 */
const latestLooks = 40;
const newShare = 0.5;
const pageBits = 12n;

/** How a machine stands still for good. */
export type Stall = 'halted' | 'looping';

/**
 * Tells from looks at the processors whether a machine that shows nothing new waits, works, or never does anything again.
 * Looks before the last sign of progress do not count.
 */
export class ProcessorWatch {
  #samples: Sample[] = [];

  add(at: number, processors: readonly ProcessorState[]): void {
    this.#samples.push({ at, processors });
    if (this.#samples.length > mostSamples) this.#samples = this.#samples.filter((_, index) => index % 2 === 0);
  }

  restart(): void {
    this.#samples = [];
  }

  /** How many processors are at work on average; undefined before there is an answer. */
  get working(): number | undefined {
    if (this.#samples.length < leastLooks) return undefined;
    const counts = this.#samples.map(({ processors }) => processors.filter(({ halted }) => !halted).length);
    return counts.reduce((sum, count) => sum + count, 0) / counts.length;
  }

  /** The processors that work are in the same few bytes of code at all looks. */
  get tight(): boolean {
    return this.#samples.length >= leastLooks && this.#loops(nearlyAll);
  }

  /** What works comes again and again to code where it has not been since the last progress: it starts, slowly. */
  get exploring(): boolean {
    const earlier = listPages(this.#samples.slice(0, -latestLooks));
    const latest = listPages(this.#samples.slice(-latestLooks));
    if (earlier.length < leastLooks || latest.length < leastLooks) return false;
    const known = new Set(earlier);
    return latest.filter(page => !known.has(page)).length >= latest.length * newShare;
  }

  /**
   * Why nothing can happen any more, when that is so. `cpuSeconds`: what QEMU was given since the last progress; one that was
   * hardly let to work may be anywhere for long.
   */
  findStall(cpuSeconds: number | undefined): Stall | undefined {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || this.#samples.length < leastLooks) return undefined;
    const seconds = last.at - first.at;
    // One that lets interrupts through can be woken by any of them.
    if (this.#samples.some(({ processors }) => processors.some(({ interrupts }) => interrupts))) return undefined;
    if (this.#samples.every(({ processors }) => processors.every(({ halted }) => halted))) {
      return seconds >= haltedSeconds ? 'halted' : undefined;
    }
    const worked = cpuSeconds === undefined ? seconds - untoldSeconds : cpuSeconds;
    return Math.min(worked, seconds) >= loopSeconds && this.#loops(1) ? 'looping' : undefined;
  }

  // Every processor is halted at all looks, or at work at nearly all of them in the same place.
  #loops(share: number): boolean {
    const count = this.#samples[0]?.processors.length ?? 0;
    const places = Array.from({ length: count }, (_, index) =>
      this.#samples.flatMap(({ processors }) => processors[index] ?? []),
    );
    return places.every(looks => looks.every(({ halted }) => halted) || isTight(looks, share));
  }
}

/** The page of memory of each processor at work. */
function listPages(samples: readonly Sample[]): bigint[] {
  return samples.flatMap(({ processors }) =>
    processors.flatMap(({ halted, address }) => (halted ? [] : [address >> pageBits])),
  );
}

/** Whether so large a share of the looks found the processor at work within a few bytes. */
function isTight(looks: readonly ProcessorState[], share: number): boolean {
  const addresses = looks.filter(({ halted }) => !halted).map(({ address }) => address);
  addresses.sort((one, other) => (one < other ? -1 : 1));
  const needed = Math.ceil(looks.length * share);
  return addresses.some((address, index) => {
    const last = addresses[index + needed - 1];
    return last !== undefined && last - address <= loopBytes;
  });
}
