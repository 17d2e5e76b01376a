import { readdirSync, readFileSync } from 'node:fs';

/** Command lines of processes of this system, looked at again and again: what any user could have read. */
export class ProcessList {
  readonly #seen = new Set<string>();
  readonly #timer = setInterval(() => this.#look(), 20);

  /** All that were seen, as one text. Undefined where there is no /proc. */
  stop(): string | undefined {
    clearInterval(this.#timer);
    return this.#seen.size === 0 ? undefined : [...this.#seen].join('\n');
  }

  #look(): void {
    try {
      for (const name of readdirSync('/proc')) {
        if (/^\d+$/.test(name)) this.#read(name);
      }
    } catch {
      // Not Linux.
    }
  }

  #read(id: string): void {
    try {
      this.#seen.add(readFileSync(`/proc/${id}/cmdline`, 'latin1').replaceAll('\0', ' '));
    } catch {
      // It has ended meanwhile.
    }
  }
}
