import type { ByteReader } from '../source/byte-reader.ts';
import { isInside } from '../source/check-range.ts';
import type { TableEntry } from './partition-table.ts';
import { hasBootSignature, readMbrEntry } from './read-mbr.ts';

const extendedTypes = new Set(['0x05', '0x0f', '0x85', '0xc5']);
const mostLogical = 128;

/** The logical partitions in the first extended one, numbered from 5. The chain ends at a loop, at damage, or after 128. */
export async function readLogicalPartitions(
  disk: ByteReader,
  primary: readonly TableEntry[],
  sectorSize: number,
  signal?: AbortSignal,
): Promise<TableEntry[]> {
  const extended = primary.find(entry => extendedTypes.has(entry.type));
  if (!extended) return [];
  const found: TableEntry[] = [];
  const seen = new Set<number>();
  let place: number | undefined = extended.start;
  while (place !== undefined && !seen.has(place) && found.length < mostLogical && isInside(place, 512, disk.size)) {
    seen.add(place);
    const sector = await disk.read(place, 512, signal);
    if (!hasBootSignature(sector)) break;
    const entry = readMbrEntry(sector, 446, sectorSize);
    if (entry && !extendedTypes.has(entry.type)) {
      found.push({ ...entry, start: place + entry.start, number: 5 + found.length });
    }
    const next = readMbrEntry(sector, 462, sectorSize);
    place = next && extendedTypes.has(next.type) ? extended.start + next.start : undefined;
  }
  return found;
}
