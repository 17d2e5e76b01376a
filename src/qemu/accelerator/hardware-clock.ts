import type { TrialClock } from './try-rung.ts';

/** What all rungs of hardware may take together, counted from the moment at which the first QEMU is loaded. */
const sharedLimit = 1500;
/** What each gets in any case; real hardware needs less than a tenth of a second. */
const ownLimit = 400;

/**
 * The patience with all rungs of one ladder that use the hardware. Only the guests' own time counts, not what QEMU needs
 * to load. On a host so busy that nothing is quick, a rung is too slow only when another one that was started later has
 * done the same work meanwhile.
 */
export class HardwareClock implements TrialClock {
  #begin: number | undefined;
  #overtaken = false;

  readonly loaded = (at: number): void => {
    this.#begin ??= at;
  };

  readonly isOver = (loadedAt: number): boolean => {
    const end = Math.max((this.#begin ?? loadedAt) + sharedLimit, loadedAt + ownLimit);
    return this.#overtaken && performance.now() > end;
  };

  /** A rung that was started later has finished, or none is left to compare with. */
  overtake(): void {
    this.#overtaken = true;
  }
}
