import type { ByteReader } from '../source/byte-reader.ts';
import { invalidStructure } from '../source/invalid-structure.ts';
import { type ReaderPages, type TablePages, tablePageSize } from '../source/table-pages.ts';
import type { VhdxMetadata } from './read-metadata.ts';
import { overlap, type Region } from './read-regions.ts';

export const mebibyte = 1024 * 1024;
/** Sectors that one sector bitmap block covers. */
const bitmapSectors = 2 ** 23;

/** States of payload blocks; bitmap blocks know only the first and `present`. 5 is what a draft of the format called unmapped. */
export const blockState = {
  absent: 0,
  undefined: 1,
  zero: 2,
  unmapped: 3,
  draftUnmapped: 5,
  present: 6,
  partlyPresent: 7,
} as const;

/** The block allocation table of one file: one bitmap entry follows each chunk of payload entries. */
export interface BlockTable {
  readonly file: ByteReader;
  readonly pages: ReaderPages;
  readonly offset: number;
  readonly entries: number;
  readonly blocks: number;
  readonly blockSize: number;
  readonly sectorSize: number;
  readonly virtualSize: number;
  /** Payload entries between two bitmap entries. */
  readonly chunkRatio: number;
  readonly hasParent: boolean;
  /** Where no block can lie: header, log and tables. */
  readonly taken: readonly Region[];
}

export function describeBlockTable(
  file: ByteReader,
  cache: TablePages,
  region: Region,
  metadata: VhdxMetadata,
  taken: readonly Region[],
): BlockTable {
  const { blockSize, sectorSize, virtualSize } = metadata;
  const chunkRatio = (bitmapSectors * sectorSize) / blockSize;
  const blocks = Math.ceil(virtualSize / blockSize);
  const chunks = Math.ceil(blocks / chunkRatio);
  const hasParent = metadata.parent !== undefined;
  const entries = hasParent ? chunks * (chunkRatio + 1) : blocks + Math.floor((blocks - 1) / chunkRatio);
  if (entries * 8 > region.length) {
    throw invalidStructure(file.path, 'VHDX block allocation table', region.offset, 'is too short for the disk', {
      length: region.length,
      needed: entries * 8,
    });
  }
  const sizes = { blockSize, sectorSize, virtualSize, chunkRatio, blocks, entries };
  return { file, pages: cache.of(file), offset: region.offset, ...sizes, hasParent, taken };
}

/** Number of the entry of a payload block, and of the bitmap of its chunk. */
export function payloadIndex({ chunkRatio }: BlockTable, block: number): number {
  return block + Math.floor(block / chunkRatio);
}

export function bitmapIndex({ chunkRatio }: BlockTable, block: number): number {
  return (Math.floor(block / chunkRatio) + 1) * (chunkRatio + 1) - 1;
}

/** The page of the table that holds an entry. Tables are aligned to 1 MiB, so that no entry reaches into the next one. */
export function pageOfEntry({ pages, offset }: BlockTable, index: number): Buffer | Promise<Buffer> {
  return pages.get(Math.floor((offset + index * 8) / tablePageSize));
}

/** Where in its page an entry stands. */
export function placeInPage(index: number): number {
  return (index * 8) % tablePageSize;
}

export function readState(page: Buffer, at: number): number {
  return (page[at] ?? 0) & 7;
}

/** Bits 20 to 63 count mebibytes. Above 2^53 the number loses digits, but stays above every file's size. */
export function readOffset(page: Buffer, at: number): number {
  return (page.readUInt32LE(at + 4) * 4096 + (page.readUInt32LE(at) >>> 20)) * mebibyte;
}

/** Throws when a block of `length` bytes can not begin there. Whether it ends inside the file is seen when it is read. */
export function checkBlockPlace(
  table: BlockTable,
  structure: string,
  index: number,
  place: number,
  length: number,
): void {
  const block = { offset: place, length };
  const problem =
    place < mebibyte
      ? 'places a block before the first mebibyte'
      : table.taken.some(region => overlap(region, block))
        ? 'places a block over other structures'
        : undefined;
  if (problem === undefined) return;
  throw invalidStructure(table.file.path, structure, table.offset + index * 8, problem, { entry: index, place });
}
