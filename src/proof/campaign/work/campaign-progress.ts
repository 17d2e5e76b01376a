import path from 'node:path';
import type { Progress } from '../../../model/call.ts';

/**
 * Puts the progress of proofs side by side into one: `[3/50] web.vhdx: kernel`, and of one that is over
 * `[3/50] web.vhdx: passed, login; 12 of 50 done, about 9 min to go`.
 */
export class CampaignProgress {
  readonly #total: number;
  readonly #tell: (update: Progress) => void;
  readonly #running = new Map<number, number>();
  readonly #begun = performance.now();
  readonly #before: number;
  #done: number;

  constructor(total: number, done: number, tell: (update: Progress) => void) {
    this.#total = total;
    this.#done = done;
    this.#before = done;
    this.#tell = tell;
  }

  step(number: number, image: string, { fraction, message }: Progress): void {
    // A proof that starts over does not take back what it had.
    const share = Math.max(fraction ?? 0, this.#running.get(number) ?? 0);
    this.#running.set(number, Math.min(1, share));
    this.#report(number, image, message);
  }

  end(number: number, image: string, outcome: string): void {
    this.#running.delete(number);
    this.#done++;
    this.#report(number, image, `${outcome}; ${this.#done} of ${this.#total} done${this.#describeRest()}`);
  }

  /** As long as those took that are over, side by side. */
  #describeRest(): string {
    const rest = this.#total - this.#done;
    if (rest === 0) return '';
    const minutes = (((performance.now() - this.#begun) / (this.#done - this.#before)) * rest) / 60_000;
    if (minutes < 1) return ', less than a minute to go';
    return minutes < 90 ? `, about ${Math.ceil(minutes)} min to go` : `, about ${Math.ceil(minutes / 60)} h to go`;
  }

  #report(number: number, image: string, message: string): void {
    const running = [...this.#running.values()].reduce((sum, share) => sum + share, 0);
    this.#tell({
      fraction: (this.#done + running) / this.#total,
      message: `[${number}/${this.#total}] ${path.basename(image)}: ${message}`,
    });
  }
}
