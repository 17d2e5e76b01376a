import type { LogEntryHead } from './log-entry.ts';
import type { LogReader } from './log-reader.ts';

/**
 * The entries that must be replayed, oldest first. Entries that follow each other in place and number are a sequence, as far as
 * they go; it counts when the tail of its last entry lies within it, and of those that count the one with the highest number is
 * the active one. Empty when there is none.
 */
export async function findActiveEntries(log: LogReader, signal?: AbortSignal): Promise<LogEntryHead[]> {
  const heads = await log.findHeads(signal);
  const sequences = new Sequences(log, heads, signal);
  const newestFirst = [...heads.values()].sort((one, other) => (one.sequence < other.sequence ? 1 : -1));
  for (const newest of newestFirst) {
    const tail = heads.get(newest.tail);
    if (!tail || !(await log.isValid(newest, signal)) || !(await log.isValid(tail, signal))) continue;
    if ((await sequences.lastOf(tail)) !== newest) continue;
    const entries = await sequences.listFrom(tail);
    if (entries.reduce((sum, { length }) => sum + length, 0) <= log.length) return entries;
  }
  return [];
}

/** Which entry follows which. Each one is followed once, so that the work stays linear however entries refer to each other. */
class Sequences {
  readonly #log: LogReader;
  readonly #heads: ReadonlyMap<number, LogEntryHead>;
  readonly #signal: AbortSignal | undefined;
  readonly #last = new Map<LogEntryHead, LogEntryHead>();

  constructor(log: LogReader, heads: ReadonlyMap<number, LogEntryHead>, signal?: AbortSignal) {
    this.#log = log;
    this.#heads = heads;
    this.#signal = signal;
  }

  async #next(entry: LogEntryHead): Promise<LogEntryHead | undefined> {
    const next = this.#heads.get((entry.at + entry.length) % this.#log.length);
    const follows = next?.sequence === entry.sequence + 1n && (await this.#log.isValid(next, this.#signal));
    return follows ? next : undefined;
  }

  /** The last entry of the sequence that a valid entry is part of. */
  async lastOf(entry: LogEntryHead): Promise<LogEntryHead> {
    const passed: LogEntryHead[] = [];
    let last = entry;
    for (let at: LogEntryHead | undefined = entry; at; at = await this.#next(at)) {
      const known = this.#last.get(at);
      last = known ?? at;
      if (known) break;
      passed.push(at);
    }
    for (const each of passed) this.#last.set(each, last);
    return last;
  }

  /** All entries from a valid one on. */
  async listFrom(entry: LogEntryHead): Promise<LogEntryHead[]> {
    const entries: LogEntryHead[] = [];
    for (let at: LogEntryHead | undefined = entry; at; at = await this.#next(at)) entries.push(at);
    return entries;
  }
}
