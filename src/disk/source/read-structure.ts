import type { ByteReader } from './byte-reader.ts';
import { checkRange } from './check-range.ts';

/** Reads a named structure; the Fault names it when it is not wholly inside. `length` must be bounded by the caller. */
export async function readStructure(
  reader: ByteReader,
  structure: string,
  offset: number,
  length: number,
  signal?: AbortSignal,
): Promise<Buffer> {
  checkRange(reader, structure, offset, length);
  return await reader.read(offset, length, signal);
}
