import type { Progress } from '../../../model/call.ts';

const units: Readonly<Record<string, number>> = { '': 0, K: 1, M: 2, G: 3, T: 4, P: 5 };

/**
 * How far a line of a task's log says that the work is: "INFO:  12% (1.2 GiB of 10.0 GiB) in 3s",
 * "drive-scsi0: transferred 1.0 GiB of 32.0 GiB (3.12%) in 3s", "transferred 512 MiB of 1 GiB". Undefined for the others.
 */
export function readFraction(line: string): number | undefined {
  const percent = Array.from(line.matchAll(/(?<![\d.])(\d{1,3}(?:\.\d+)?) ?%/g)).at(-1)?.[1];
  if (percent !== undefined) return bound(Number(percent) / 100);
  const match = /([\d.]+) ?([KMGTP]?)i?B of ([\d.]+) ?([KMGTP]?)i?B/.exec(line);
  if (match === null) return undefined;
  const [, done = '', doneUnit = '', all = '', allUnit = ''] = match;
  return bound(scale(done, doneUnit) / scale(all, allUnit));
}

/** Turns log lines into progress whose fraction never goes down: a second disk begins at zero again. */
export class TaskProgress {
  readonly #report: (update: Progress) => void;
  #fraction: number | undefined;

  constructor(report: (update: Progress) => void) {
    this.#report = report;
  }

  tell(line: string): void {
    const fraction = readFraction(line);
    if (fraction !== undefined) this.#fraction = Math.max(this.#fraction ?? 0, fraction);
    this.#report({ message: line, ...(this.#fraction === undefined ? {} : { fraction: this.#fraction }) });
  }
}

function scale(number: string, unit: string): number {
  return Number(number) * 1024 ** (units[unit] ?? 0);
}

function bound(fraction: number): number | undefined {
  return Number.isFinite(fraction) && fraction >= 0 && fraction <= 1 ? fraction : undefined;
}
