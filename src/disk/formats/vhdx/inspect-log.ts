import type { ByteReader } from '../../source/byte-reader.ts';
import { cachePages } from '../../source/cache-pages.ts';
import { checkRange } from '../../source/check-range.ts';
import { crc32c } from '../../source/crc32c.ts';
import { le64 } from '../../source/integers.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';
import type { VhdxHeader } from './choose-header.ts';

const sector = 4096;
const mebibyte = 1024 * 1024;
// Hyper-V uses 1 MiB. A hostile file may claim 4 GiB of log: what is past these limits counts as dirty, unread.
const longestLog = 64 * mebibyte;
const mostSummed = 64 * mebibyte;

/**
 * Whether the log holds something to replay ("dirty"), is marked as used but holds no valid entry ("idle"), or is marked as empty
 * ("clean").
 */
export async function inspectLog(
  file: ByteReader,
  header: VhdxHeader,
  signal?: AbortSignal,
): Promise<'clean' | 'dirty' | 'idle'> {
  if (header.logId === undefined) return 'clean';
  const { logOffset, logLength } = header;
  if (logOffset % mebibyte !== 0 || logLength % mebibyte !== 0 || logOffset < mebibyte) {
    throw invalidStructure(file.path, 'VHDX log', logOffset, 'is not aligned to 1 MiB', { logLength });
  }
  checkRange(file, 'VHDX log', logOffset, logLength);
  if (logLength > longestLog) return 'dirty';
  const cached = cachePages(file);
  let summed = 0;
  for (let at = 0; at < logLength; at += sector) {
    const head = await cached.read(logOffset + at, 64, signal);
    const length = entryLength(head, header, at);
    if (length === undefined) continue;
    summed += length;
    if (summed > mostSummed || (await hasValidSum(file, header, at, length, signal))) return 'dirty';
  }
  return 'idle';
}

/** The length of the entry whose header this is, or undefined when it is not one of this log. */
function entryLength(head: Buffer, header: VhdxHeader, at: number): number | undefined {
  if (head.toString('latin1', 0, 4) !== 'loge' || head.toString('hex', 32, 48) !== header.logId) return undefined;
  const length = head.readUInt32LE(8);
  const tail = head.readUInt32LE(12);
  const descriptors = head.readUInt32LE(24);
  const possible =
    length >= sector &&
    length % sector === 0 &&
    length <= header.logLength &&
    tail % sector === 0 &&
    tail < header.logLength &&
    at < header.logLength &&
    le64(head, 16) > 0 &&
    // The first sector has room for 126 descriptors behind the header, each further one for 128.
    Math.ceil((descriptors + 2) / 128) * sector <= length;
  return possible ? length : undefined;
}

async function hasValidSum(
  file: ByteReader,
  header: VhdxHeader,
  at: number,
  length: number,
  signal?: AbortSignal,
): Promise<boolean> {
  let sum = 0;
  let expected = 0;
  for (let done = 0; done < length; ) {
    // The log is a ring: an entry may go on at its start.
    const from = (at + done) % header.logLength;
    const count = Math.min(mebibyte, length - done, header.logLength - from);
    const bytes = await file.read(header.logOffset + from, count, signal);
    if (done === 0) {
      expected = bytes.readUInt32LE(4);
      bytes.fill(0, 4, 8);
    }
    sum = crc32c(bytes, sum);
    done += count;
  }
  return sum === expected;
}
