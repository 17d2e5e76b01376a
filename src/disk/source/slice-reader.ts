import type { ByteReader } from './byte-reader.ts';
import { checkRange } from './check-range.ts';

/** A part of a reader as a reader of its own; it ends with the whole when it claims to reach further. */
export function sliceReader(reader: ByteReader, start: number, length: number): ByteReader {
  const from = Math.min(Math.max(start, 0), reader.size);
  const size = Math.max(0, Math.min(length, reader.size - from));
  const slice: ByteReader = {
    path: reader.path,
    size,
    async read(offset, count, signal) {
      checkRange(slice, 'range', offset, count);
      return await reader.read(from + offset, count, signal);
    },
  };
  return slice;
}
