import { le64 } from '../../source/integers.ts';
import { dosTime } from '../file-time.ts';

export interface ExfatEntry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly firstCluster: number;
  readonly size: number;
  /** Bytes that were written; behind them stand zeros. */
  readonly written: number;
  readonly isContiguous: boolean;
  readonly modified: Date | undefined;
}

export const entrySize = 32;
/** A file takes one entry, one for its stream and up to 17 for its name; others may follow. */
const mostSecondaries = 18;
const fileType = 0x85;
const streamType = 0xc0;
const nameType = 0xc1;

/** How many entries the set that begins at `at` has: one for anything but a file. */
export function setLength(bytes: Buffer, at: number): number {
  return bytes.readUInt8(at) === fileType ? 1 + Math.min(bytes.readUInt8(at + 1), mostSecondaries) : 1;
}

/** The file that a set of entries describes; undefined when it is not one, or damaged: `isFile` tells which. */
export function parseEntrySet(set: Buffer): ExfatEntry | undefined {
  if (set.length < 3 * entrySize || set.readUInt8(entrySize) !== streamType) return undefined;
  if (set.readUInt16LE(2) !== sumSet(set)) return undefined;
  const nameLength = set.readUInt8(entrySize + 3);
  let name = '';
  for (let at = 2 * entrySize; at < set.length && set.readUInt8(at) === nameType; at += entrySize) {
    name += set.toString('utf16le', at + 2, at + entrySize);
  }
  if (nameLength === 0 || name.length < nameLength) return undefined;
  const zone = set.readUInt8(24);
  // Seven bits with a sign, in quarters of an hour from UTC; the eighth says that they mean something.
  const quarters = (zone & 0x80) === 0 ? 0 : ((zone & 0x7f) << 25) >> 25;
  const time = dosTime(set.readUInt16LE(14), set.readUInt16LE(12), quarters * 15);
  return {
    name: name.slice(0, nameLength),
    isFolder: (set.readUInt16LE(4) & 0x10) !== 0,
    firstCluster: set.readUInt32LE(entrySize + 20),
    size: le64(set, entrySize + 24),
    written: le64(set, entrySize + 8),
    isContiguous: (set.readUInt8(entrySize + 1) & 2) !== 0,
    modified: time && new Date(time.getTime() + set.readUInt8(21) * 10),
  };
}

export function isFileEntry(bytes: Buffer, at: number): boolean {
  return bytes.readUInt8(at) === fileType;
}

function sumSet(set: Buffer): number {
  let sum = 0;
  for (const [at, byte] of set.entries()) {
    // The sum itself stands in these two bytes.
    if (at !== 2 && at !== 3) sum = (((sum & 1) << 15) + (sum >> 1) + byte) & 0xffff;
  }
  return sum;
}
