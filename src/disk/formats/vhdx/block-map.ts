import type { ByteReader } from '../../source/byte-reader.ts';
import { cachePages } from '../../source/cache-pages.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';
import { readStructure } from '../../source/read-structure.ts';
import type { ImageLayout } from '../format.ts';
import type { BlockTable } from '../truncated-obstacles.ts';
import type { VhdxMetadata } from './read-metadata.ts';
import type { Region } from './read-regions.ts';

const mebibyte = 1024 * 1024;
const present = 6;
const partlyPresent = 7;
/** Sectors that one sector bitmap block covers. */
const bitmapSectors = 2 ** 23;

interface BlockEntry {
  readonly state: number;
  readonly offset: number;
}

/** Finds blocks through the block allocation table, in which one bitmap entry follows each chunk of payload entries. */
export function makeBlockMap(
  file: ByteReader,
  region: Region,
  metadata: VhdxMetadata,
): { locate: ImageLayout['locate']; table: BlockTable } {
  const { blockSize, sectorSize, hasParent } = metadata;
  const chunkRatio = (bitmapSectors * sectorSize) / blockSize;
  const blocks = Math.ceil(metadata.virtualSize / blockSize);
  const chunks = Math.ceil(blocks / chunkRatio);
  const entries = hasParent ? chunks * (chunkRatio + 1) : blocks + Math.floor((blocks - 1) / chunkRatio);
  if (entries * 8 > region.length) {
    throw invalidStructure(file.path, 'VHDX block allocation table', region.offset, 'is too short for the disk', {
      length: region.length,
      needed: entries * 8,
    });
  }
  const cached = cachePages(file);
  const readEntry = async (index: number, signal?: AbortSignal): Promise<BlockEntry> =>
    parseEntry(await cached.read(region.offset + index * 8, 8, signal), 0);
  const absent = hasParent ? 'parent' : 'zero';
  const locate: ImageLayout['locate'] = async (offset, length, signal) => {
    const block = Math.floor(offset / blockSize);
    const within = offset - block * blockSize;
    const count = Math.min(length, blockSize - within);
    const chunk = Math.floor(block / chunkRatio);
    const entry = await readEntry(block + chunk, signal);
    if (entry.state === present) return { kind: 'file', source: file, offset: entry.offset + within, length: count };
    if (entry.state !== partlyPresent) return { kind: entry.state === 0 ? absent : 'zero', length: count };
    const bitmap = await readEntry((chunk + 1) * chunkRatio + chunk, signal);
    if (bitmap.state !== present) {
      throw invalidStructure(
        file.path,
        'VHDX sector bitmap',
        bitmap.offset,
        `of the partly present block ${block} is missing`,
      );
    }
    const first = (block - chunk * chunkRatio) * (blockSize / sectorSize) + Math.floor(within / sectorSize);
    const run = await sectorRun(cached, bitmap, first, Math.ceil(((within % sectorSize) + count) / sectorSize), signal);
    const runLength = Math.min(count, run.sectors * sectorSize - (within % sectorSize));
    return run.present
      ? { kind: 'file', source: file, offset: entry.offset + within, length: runLength }
      : { kind: 'parent', length: runLength };
  };
  const blockEnds = makeBlockEnds(blockSize, chunkRatio, metadata.virtualSize);
  return { locate, table: { reader: cached, start: region.offset, length: entries * 8, blockEnds } };
}

function parseEntry(bytes: Buffer, at: number): BlockEntry {
  const low = bytes.readUInt32LE(at);
  // Bits 20 to 63 count mebibytes.
  return { state: low & 7, offset: (bytes.readUInt32LE(at + 4) * 4096 + (low >>> 20)) * mebibyte };
}

function makeBlockEnds(blockSize: number, chunkRatio: number, virtualSize: number): BlockTable['blockEnds'] {
  return function* blockEnds(bytes, tableOffset) {
    for (let at = 0; at + 8 <= bytes.length; at += 8) {
      const { state, offset } = parseEntry(bytes, at);
      if (state !== present && state !== partlyPresent) continue;
      const index = (tableOffset + at) / 8;
      const chunk = Math.floor(index / (chunkRatio + 1));
      const isBitmap = index % (chunkRatio + 1) === chunkRatio;
      // The last block of a fixed disk may end with the disk.
      const left = virtualSize - (index - chunk) * blockSize;
      yield offset + (isBitmap ? mebibyte : Math.max(0, Math.min(blockSize, left)));
    }
  };
}

/** How many of `count` sectors from `first` on are all present, or all absent, by the bits of a sector bitmap block. */
async function sectorRun(
  cached: ByteReader,
  bitmap: BlockEntry,
  first: number,
  count: number,
  signal?: AbortSignal,
): Promise<{ present: boolean; sectors: number }> {
  const start = first >> 3;
  const length = Math.min(4096, mebibyte - start, Math.ceil(((first & 7) + count) / 8));
  const bits = await readStructure(cached, 'VHDX sector bitmap', bitmap.offset + start, length, signal);
  const isPresent = (sector: number) => ((bits[(sector >> 3) - start] ?? 0) & (1 << (sector & 7))) !== 0;
  const state = isPresent(first);
  let sector = first + 1;
  while (sector < first + count && sector < (start + length) * 8 && isPresent(sector) === state) sector++;
  return { present: state, sectors: sector - first };
}
