import type { Progress } from '../../model/call.ts';

/** Milliseconds between two reports: small files come faster than anybody reads. */
const interval = 200;
/** Of the whole work; the rest is for what is still to be written to the disk. */
const share = 0.95;

/** Tells how far a copy is, in bytes. */
export class CopyProgress {
  readonly #totalBytes: number;
  readonly #totalFiles: number;
  readonly #report: (update: Progress) => void;
  #bytes = 0;
  #files = 0;
  #last = Number.NEGATIVE_INFINITY;

  constructor(totalBytes: number, totalFiles: number, report: (update: Progress) => void) {
    this.#totalBytes = totalBytes;
    this.#totalFiles = totalFiles;
    this.#report = report;
  }

  addBytes(bytes: number): void {
    this.#bytes += bytes;
    this.#tell();
  }

  addFile(): void {
    this.#files++;
    this.#tell();
  }

  #tell(): void {
    const now = performance.now();
    const isDone = this.#bytes >= this.#totalBytes && this.#files >= this.#totalFiles;
    if (!isDone && now - this.#last < interval) return;
    this.#last = now;
    const fraction = this.#totalBytes === 0 ? undefined : Math.min(1, this.#bytes / this.#totalBytes) * share;
    const files = this.#totalFiles === 1 ? '' : `, ${this.#files} of ${this.#totalFiles} files`;
    const message = `${this.#bytes} of ${this.#totalBytes} bytes copied${files}`;
    this.#report({ message, ...(fraction === undefined ? {} : { fraction }) });
  }
}
