import type { ByteReader } from '../source/byte-reader.ts';
import { checkRange } from '../source/check-range.ts';
import { crc32c, crc32cWithout } from '../source/crc32c.ts';
import { invalidStructure } from '../source/invalid-structure.ts';
import { LeastRecentCache } from '../source/least-recent-cache.ts';
import type { VhdxHeader } from './choose-header.ts';
import {
  isDataSector,
  type LogEntryHead,
  logSector,
  mostDescriptors,
  parseChange,
  parseEntryHead,
} from './log-entry.ts';

const mebibyte = 1024 * 1024;
/** Hyper-V and QEMU use 1 MiB; a file may claim 4 GiB, which would take many seconds to sum. */
const longestLog = 64 * mebibyte;
/** Mebibytes of the log that are kept: all of a usual one. */
const mostWindows = 4;

/** The log of one file as a ring of bytes. All places are bytes from its beginning. */
export class LogReader {
  readonly file: ByteReader;
  readonly offset: number;
  readonly length: number;
  readonly #id: string;
  readonly #valid = new Map<number, boolean>();
  readonly #windows = new LeastRecentCache<Buffer>(mostWindows);
  #budget: number;

  private constructor(file: ByteReader, header: VhdxHeader, id: string) {
    this.file = file;
    this.offset = header.logOffset;
    this.length = header.logLength;
    this.#id = id;
    // Entries do not overlap but for stale ones: more than this is made up to keep the reader busy.
    this.#budget = 2 * header.logLength + 64 * mebibyte;
  }

  /** Undefined when the header says that the log is empty. Faults: `invalid` for a place that no log can have. */
  static open(file: ByteReader, header: VhdxHeader): LogReader | undefined {
    const { logId, logOffset, logLength, logVersion } = header;
    if (logId === undefined || logLength === 0) return undefined;
    const fail = (problem: string) =>
      invalidStructure(file.path, 'VHDX log', logOffset, problem, { logLength, logVersion });
    if (logVersion !== 0) throw fail('has a version other than 0');
    if (logOffset % mebibyte !== 0 || logLength % mebibyte !== 0 || logOffset < mebibyte) {
      throw fail('is not aligned to 1 MiB');
    }
    if (logLength > longestLog) throw fail(`is longer than the ${longestLog} bytes that are replayed`);
    checkRange(file, 'VHDX log', logOffset, logLength);
    return new LogReader(file, header, logId);
  }

  /** The heads of all entries that may be valid, by where they begin. */
  async findHeads(signal?: AbortSignal): Promise<Map<number, LogEntryHead>> {
    const heads = new Map<number, LogEntryHead>();
    for (let start = 0; start < this.length; start += mebibyte) {
      const bytes = await this.#readWindow(start, signal);
      for (let at = 0; at < bytes.length; at += logSector) {
        // "loge": most sectors are seen to be none without a look at the rest.
        if (bytes.readUInt32LE(at) !== 0x65676f6c) continue;
        const head = parseEntryHead(bytes.subarray(at, at + logSector), start + at, this.#id, this.length);
        if (head) heads.set(head.at, head);
      }
    }
    return heads;
  }

  /** Whether an entry is whole: its sum, its descriptors and its data sectors. */
  async isValid(head: LogEntryHead, signal?: AbortSignal): Promise<boolean> {
    const known = this.#valid.get(head.at);
    if (known !== undefined) return known;
    this.#budget -= head.length;
    if (this.#budget < 0) {
      throw invalidStructure(this.file.path, 'VHDX log', this.offset, 'holds entries that overlap without end');
    }
    // With too many descriptors it is refused in the end if it is whole: more need not be known.
    const tooMany = head.descriptors > mostDescriptors;
    const sectors = tooMany ? 0 : countDataSectors(await this.readTable(head, signal), head);
    const valid = sectors !== undefined && (await this.#isWhole(head, sectors, signal));
    this.#valid.set(head.at, valid);
    return valid;
  }

  /** Header and descriptors of an entry. */
  readTable(head: LogEntryHead, signal?: AbortSignal): Promise<Buffer> {
    return this.#readRing(head.at, head.tableLength, signal);
  }

  /** Where in the file the `index`th data sector of an entry stands. */
  placeOfData(head: LogEntryHead, index: number): number {
    return this.offset + ((head.at + head.tableLength + index * logSector) % this.length);
  }

  /** Whether the sum is right, and whether as many data sectors follow the descriptors as these announce. */
  async #isWhole(head: LogEntryHead, sectors: number, signal?: AbortSignal): Promise<boolean> {
    const dataEnd = head.tableLength + sectors * logSector;
    let sum = 0;
    for (let done = 0; done < head.length; done += mebibyte) {
      const bytes = await this.#readRing(head.at + done, Math.min(mebibyte, head.length - done), signal);
      for (let at = Math.max(done, head.tableLength); at < Math.min(dataEnd, done + bytes.length); at += logSector) {
        if (!isDataSector(bytes.subarray(at - done, at - done + logSector), head.sequence)) return false;
      }
      // The sum counts as zero in itself.
      sum = done === 0 ? crc32cWithout(bytes, 4) : crc32c(bytes, sum);
    }
    return sum === head.checksum;
  }

  /** The log is a ring: what reaches past its end goes on at its beginning. What is given belongs to the log: it is not to be changed. */
  async #readRing(at: number, length: number, signal?: AbortSignal): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let done = 0; done < length; ) {
      const from = (at + done) % this.length;
      const within = from % mebibyte;
      const window = await this.#readWindow(from - within, signal);
      parts.push(window.subarray(within, within + length - done));
      done += mebibyte - within;
    }
    return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
  }

  /** The mebibyte of the log that begins there. */
  async #readWindow(start: number, signal?: AbortSignal): Promise<Buffer> {
    const known = this.#windows.get(start);
    if (known) return known;
    const bytes = await this.file.read(this.offset + start, mebibyte, signal);
    this.#windows.set(start, bytes);
    return bytes;
  }
}

/** How many data sectors the descriptors of an entry announce; undefined when one is damaged or the entry has no room for them. */
function countDataSectors(table: Buffer, head: LogEntryHead): number | undefined {
  let sectors = 0;
  for (let index = 0; index < head.descriptors; index++) {
    const change = parseChange(table, index, head.sequence);
    if (!change) return undefined;
    if (change.kind === 'data') sectors++;
  }
  return sectors <= (head.length - head.tableLength) / logSector ? sectors : undefined;
}
