import type { LogEntry } from '../../model/image.ts';
import { invalidStructure } from '../source/invalid-structure.ts';
import { type LogEntryHead, logSector, mostDescriptors, parseChange } from './log-entry.ts';
import type { LogReader } from './log-reader.ts';
import { paintChanges } from './paint-changes.ts';
import type { PatchTable } from './patched-file.ts';

/** A disk of 64 TiB with all that belongs to it is smaller. */
const largestFile = 2 ** 47;

export interface Replay {
  readonly patches: PatchTable;
  readonly entries: readonly LogEntry[];
  /** Size of the file once it has been replayed. */
  readonly size: number;
  /** Bytes that the file must have had when the newest entry was written. */
  readonly flushedSize: number;
}

/**
 * What the file would look like with these entries replayed: a table of stretches that are read from the log instead of their
 * place. Nothing of it is copied: the data stays where it is in the log.
 */
export async function replayLog(
  log: LogReader,
  entries: readonly LogEntryHead[],
  signal?: AbortSignal,
): Promise<Replay> {
  const newest = entries.at(-1);
  const total = entries.reduce((sum, { descriptors }) => sum + descriptors, 0);
  if (total > mostDescriptors)
    throw fail(log, log.offset, 'holds more changes than can be replayed', { changes: total });
  const plan = new ReplayPlan(log, total);
  const reports: LogEntry[] = [];
  for (const entry of entries) reports.push(plan.add(entry, await log.readTable(entry, signal)));
  // Whatever the log speaks of belongs to the file, even where that was not yet made so long.
  const size = Math.max(log.file.size, newest?.lastSize ?? 0, plan.end);
  if (size > largestFile) throw fail(log, log.offset, 'speaks of a larger file than the format allows', { size });
  return { patches: plan.finish(), entries: reports, size, flushedSize: newest?.flushedSize ?? 0 };
}

function fail(log: LogReader, offset: number, problem: string, facts: Record<string, unknown> = {}) {
  return invalidStructure(log.file.path, 'VHDX log', offset, problem, facts);
}

class ReplayPlan {
  readonly #log: LogReader;
  readonly #starts: Float64Array;
  readonly #ends: Float64Array;
  /** Where the data of a change stands in the file; -1 for zeros. */
  readonly #places: Float64Array;
  /** The first 8 and the last 4 bytes of a sector, whose own places are taken by marks. */
  readonly #edges: Buffer;
  #count = 0;
  #end = 0;

  constructor(log: LogReader, total: number) {
    this.#log = log;
    this.#starts = new Float64Array(total);
    this.#ends = new Float64Array(total);
    this.#places = new Float64Array(total);
    this.#edges = Buffer.alloc(total * 12);
  }

  /** Where the last of all changes ends. */
  get end(): number {
    return this.#end;
  }

  add(entry: LogEntryHead, table: Buffer): LogEntry {
    const begins = this.#log.offset + entry.at;
    let writes = 0;
    let zeroBytes = 0;
    for (let index = 0; index < entry.descriptors; index++) {
      const change = parseChange(table, index, entry.sequence);
      if (!change) throw fail(this.#log, begins, `has the damaged descriptor ${index}`);
      const length = change.kind === 'data' ? logSector : change.length;
      if (change.offset + length > largestFile) {
        const facts = { descriptor: index, target: change.offset, length };
        throw fail(this.#log, begins, 'changes bytes of a larger file than the format allows', facts);
      }
      this.#end = Math.max(this.#end, change.offset + length);
      this.#starts[this.#count] = change.offset;
      this.#ends[this.#count] = change.offset + length;
      this.#places[this.#count] = change.kind === 'data' ? this.#log.placeOfData(entry, writes) : -1;
      if (change.kind === 'data') {
        change.leading.copy(this.#edges, this.#count * 12);
        change.trailing.copy(this.#edges, this.#count * 12 + 8);
        writes++;
      } else zeroBytes += length;
      this.#count++;
    }
    return { sequence: String(entry.sequence), offset: begins, length: entry.length, writes, zeroBytes };
  }

  finish(): PatchTable {
    const painted = paintChanges({ count: this.#count, starts: this.#starts, ends: this.#ends });
    return { ...painted, origins: this.#starts, places: this.#places, edges: this.#edges };
  }
}
