import type { GuestEvent } from '../../qemu/guest.ts';
import type { WatchLimits } from './limits.ts';

/** Resets that follow each other more quickly than this, in seconds, are one restart: systems try several ways at once. */
const burstGap = 1;
/** But so many of them are a machine that does nothing else. */
const longestBurst = 12;

/** Follows a guest through its restarts: updates need some, and a guest that does nothing else is in a loop. */
export class RestartWatch {
  #events = 0;
  #lastAt = -Infinity;
  #burst = 0;
  #count = 0;
  #fruitless = 0;
  #sawStage = false;

  /** How often it has restarted itself. */
  get count(): number {
    return this.#burst >= longestBurst ? this.#count - 1 + this.#burst : this.#count;
  }

  /** Something was seen for which a system restarts itself. */
  noteStage(): void {
    this.#sawStage = true;
  }

  /** Takes in the resets so far; `restarted` when there are new ones, `loop` when they lead nowhere. */
  follow(
    resets: readonly Pick<GuestEvent, 'at'>[],
    limits: Pick<WatchLimits, 'resets' | 'stageResets'>,
  ): 'restarted' | 'loop' | undefined {
    const fresh = resets.slice(this.#events);
    if (fresh.length === 0) return undefined;
    this.#events = resets.length;
    for (const { at } of fresh) this.#take(at.getTime() / 1000);
    const isLoop = this.#fruitless >= limits.resets || this.#count >= limits.stageResets || this.#burst >= longestBurst;
    return isLoop ? 'loop' : 'restarted';
  }

  #take(at: number): void {
    // The host's clock may have been set back in between.
    this.#burst = Math.abs(at - this.#lastAt) < burstGap ? this.#burst + 1 : 1;
    this.#lastAt = at;
    if (this.#burst > 1) return;
    this.#count += 1;
    this.#fruitless = this.#sawStage ? 0 : this.#fruitless + 1;
    this.#sawStage = false;
  }
}
