import type { ByteReader } from './byte-reader.ts';
import { checkRange } from './check-range.ts';
import { LeastRecentCache } from './least-recent-cache.ts';

const pageSize = 32 * 1024;
const pageCount = 64;

/**
 * The same bytes through a cache of at most 2 MiB: for tables and directories, which are read a few bytes at a time.
 * Reads longer than a page pass it by. `sharers` says how many caches have to get by with those 2 MiB together.
 */
export function cachePages(reader: ByteReader, sharers = 1): ByteReader {
  const pages = new LeastRecentCache<Buffer>(Math.max(2, Math.floor(pageCount / sharers)));
  const page = async (number: number, signal?: AbortSignal): Promise<Buffer> => {
    const known = pages.get(number);
    if (known) return known;
    const start = number * pageSize;
    const bytes = await reader.read(start, Math.min(pageSize, reader.size - start), signal);
    pages.set(number, bytes);
    return bytes;
  };
  const read = async (offset: number, length: number, signal?: AbortSignal): Promise<Buffer> => {
    checkRange(reader, 'range', offset, length);
    const first = Math.floor(offset / pageSize);
    const last = Math.floor((offset + Math.max(length, 1) - 1) / pageSize);
    if (length === 0) return Buffer.alloc(0);
    if (length > pageSize) return await reader.read(offset, length, signal);
    const head = (await page(first, signal)).subarray(offset - first * pageSize, offset - first * pageSize + length);
    if (first === last) return head;
    return Buffer.concat([head, (await page(last, signal)).subarray(0, length - head.length)]);
  };
  return { path: reader.path, size: reader.size, read };
}
