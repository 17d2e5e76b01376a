import type { ByteReader } from '../source/byte-reader.ts';
import type { ImageLayout } from './format.ts';

/** The map of a disk that lies in one stretch from `start` on; what is past `dataSize` is zero. */
export function locateFlat(source: ByteReader, dataSize: number, start = 0): ImageLayout['locate'] {
  return (offset, length) =>
    offset < dataSize
      ? { kind: 'file', source, offset: start + offset, length: Math.min(length, dataSize - offset) }
      : { kind: 'zero', length };
}
