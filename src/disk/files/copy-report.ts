import type { SkippedItem } from '../../model/image-files.ts';
import { plainText } from '../guest/plain-text.ts';

const mostNamed = 100;

/** What was copied and what was left out. */
export class CopyReport {
  files = 0;
  folders = 0;
  bytes = 0;
  totalSkipped = 0;
  readonly skipped: SkippedItem[] = [];
  readonly #top: readonly string[];

  /** `top` are the names of what is copied, in the image. */
  constructor(top: readonly string[]) {
    this.#top = top;
  }

  skip(names: readonly string[], reason: string): void {
    this.totalSkipped++;
    if (this.skipped.length >= mostNamed) return;
    this.skipped.push({ path: plainText(`/${[...this.#top, ...names].join('/')}`), reason: plainText(reason) });
  }
}
