/** Reads the progress of qemu-img, which writes it over and over in one line: `    (12.34/100%)\r`. */
export class ProgressParser {
  readonly #report: (fraction: number) => void;
  #rest = '';
  #last = 0;

  constructor(report: (fraction: number) => void) {
    this.#report = report;
  }

  /** Takes a piece of output, which may begin and end anywhere. Reports only what is more than before, from 0 to 1. */
  push(text: string): void {
    const pieces = (this.#rest + text).split('\r');
    // A line that never ends is none of this program's.
    this.#rest = (pieces.pop() ?? '').slice(-64);
    for (const piece of pieces) {
      const [, percent] = /^\s*\((\d{1,3}(?:\.\d{1,4})?)\/100%\)\s*$/.exec(piece) ?? [];
      if (percent === undefined) continue;
      const fraction = Math.min(1, Number(percent) / 100);
      if (fraction <= this.#last) continue;
      this.#last = fraction;
      this.#report(fraction);
    }
  }
}
