import path from 'node:path';
import type { Progress } from '../../../model/call.ts';

/** Puts the progress of proofs side by side into one: `[3/50] web.vhdx: kernel`. */
export class CampaignProgress {
  readonly #total: number;
  readonly #tell: (update: Progress) => void;
  readonly #running = new Map<number, number>();
  #done: number;

  constructor(total: number, done: number, tell: (update: Progress) => void) {
    this.#total = total;
    this.#done = done;
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
    this.#report(number, image, outcome);
  }

  #report(number: number, image: string, message: string): void {
    const running = [...this.#running.values()].reduce((sum, share) => sum + share, 0);
    this.#tell({
      fraction: (this.#done + running) / this.#total,
      message: `[${number}/${this.#total}] ${path.basename(image)}: ${message}`,
    });
  }
}
