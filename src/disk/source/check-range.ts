import type { ByteReader } from './byte-reader.ts';
import { invalidStructure } from './invalid-structure.ts';

/** Whether a range of bytes lies inside of `size`; false for anything that is not a safe integer. */
export function isInside(offset: number, length: number, size: number): boolean {
  return (
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(length) &&
    offset >= 0 &&
    length >= 0 &&
    offset <= size &&
    length <= size - offset
  );
}

/** Throws a Fault that names the structure when it does not lie wholly inside of the reader. */
export function checkRange(reader: ByteReader, structure: string, offset: number, length: number): void {
  if (!isInside(offset, length, reader.size)) {
    throw invalidStructure(reader.path, structure, offset, 'reaches past the end', { length, size: reader.size });
  }
}
