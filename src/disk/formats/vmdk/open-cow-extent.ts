import type { ByteReader } from '../../source/byte-reader.ts';
import { cachePages } from '../../source/cache-pages.ts';
import { checkRange } from '../../source/check-range.ts';
import { isPowerOfTwo } from '../../source/integers.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';
import { readStructure } from '../../source/read-structure.ts';
import type { Extent } from './extent.ts';
import { locateGrain } from './locate-grain.ts';

const entriesPerTable = 4096;

/** A sparse extent of ESXi ("COWD"). */
export async function openCowExtent(file: ByteReader, sharers = 1, signal?: AbortSignal): Promise<Extent> {
  const bytes = await readStructure(file, 'ESXi sparse header', 0, 512, signal);
  const fail = (problem: string, facts = {}) => invalidStructure(file.path, 'ESXi sparse header', 0, problem, facts);
  if (bytes.toString('latin1', 0, 4) !== 'COWD') throw fail('does not begin with "COWD"');
  const capacity = bytes.readUInt32LE(12) * 512;
  const grainSize = bytes.readUInt32LE(16) * 512;
  const directoryOffset = bytes.readUInt32LE(20) * 512;
  if (!isPowerOfTwo(grainSize) || grainSize > 64 * 1024 ** 2)
    throw fail('gives an impossible grain size', { grainSize });
  const tables = Math.ceil(capacity / (entriesPerTable * grainSize));
  checkRange(file, 'ESXi grain directory', directoryOffset, tables * 4);
  const map = {
    directoryOffset,
    entriesPerTable,
    grainSize,
    capacity,
    zeroGrains: false,
    compressed: false,
    markers: false,
    sharers,
  };
  return { size: capacity, locate: locateGrain(file, cachePages(file, sharers), map) };
}
