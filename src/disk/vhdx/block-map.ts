import type { ImageLayout, Piece } from '../formats/format.ts';
import { bitRun } from '../source/bit-run.ts';
import { isInside } from '../source/check-range.ts';
import { invalidStructure } from '../source/invalid-structure.ts';
import { tablePageSize } from '../source/table-pages.ts';
import {
  type BlockTable,
  bitmapIndex,
  blockState,
  checkBlockPlace,
  mebibyte,
  pageOfEntry,
  payloadIndex,
  placeInPage,
  readOffset,
  readState,
} from './block-table.ts';

const structure = 'VHDX block allocation table';

/** Finds blocks through the block allocation table. What is in memory is answered at once, all else once it is there. */
export function makeBlockMap(table: BlockTable): ImageLayout['locate'] {
  const { blockSize, hasParent } = table;
  const locate: ImageLayout['locate'] = (offset, length) => {
    const block = Math.floor(offset / blockSize);
    const within = offset - block * blockSize;
    const index = payloadIndex(table, block);
    const page = pageOfEntry(table, index);
    if (page instanceof Promise) return page.then(() => locate(offset, length));
    const at = placeInPage(index);
    const state = readState(page, at);
    switch (state) {
      case blockState.present:
        return locatePresent(table, page, block, within, length);
      case blockState.partlyPresent: {
        const piece = locatePartly(table, page, block, within, length);
        return piece instanceof Promise ? piece.then(() => locate(offset, length)) : piece;
      }
      case blockState.absent:
      case blockState.undefined:
      case blockState.zero:
      case blockState.unmapped:
      case blockState.draftUnmapped: {
        const kind = hasParent && state === blockState.absent ? 'parent' : 'zero';
        const wanted = Math.ceil((within + length) / blockSize);
        return { kind, length: Math.min(length, sameBlocks(table, page, block, wanted) * blockSize - within) };
      }
      default:
        throw invalidStructure(
          table.file.path,
          structure,
          table.offset + index * 8,
          `gives block ${block} the unknown state ${state}`,
        );
    }
  };
  return locate;
}

/** How many blocks from `block` on have the same state: no more than are wanted, and as far as they stand in this page and chunk. */
function sameBlocks({ chunkRatio, blocks }: BlockTable, page: Buffer, block: number, wanted: number): number {
  const first = placeInPage(block + Math.floor(block / chunkRatio));
  const state = readState(page, first);
  const left = Math.min(wanted, chunkRatio - (block % chunkRatio), blocks - block, (page.length - first) / 8);
  let count = 1;
  while (count < left && readState(page, first + count * 8) === state) count++;
  return count;
}

function locatePresent(table: BlockTable, page: Buffer, block: number, within: number, length: number): Piece {
  const index = payloadIndex(table, block);
  const place = readOffset(page, placeInPage(index));
  checkBlockPlace(table, structure, index, place, table.blockSize);
  return {
    kind: 'file',
    source: table.file,
    offset: place + within,
    length: Math.min(length, table.blockSize - within),
  };
}

/** A promise when a part of a table has to be read first. It must be waited for: nobody else sees it fail. */
function locatePartly(
  table: BlockTable,
  page: Buffer,
  block: number,
  within: number,
  length: number,
): Piece | Promise<unknown> {
  const { sectorSize, blockSize, pages } = table;
  const place = bitmapPlace(table, block);
  if (place instanceof Promise) return place;
  const sector = Math.floor(within / sectorSize);
  const first = (block % table.chunkRatio) * (blockSize / sectorSize) + sector;
  const bits = pages.get(Math.floor((place + (first >> 3)) / tablePageSize));
  if (bits instanceof Promise) return bits;
  const skipped = within - sector * sectorSize;
  const count = Math.min(length, blockSize - within);
  // Bitmaps are aligned to 1 MiB, and so to the pages.
  const bit = first % (tablePageSize * 8);
  const { set, run } = bitRun(bits, bit, Math.ceil((skipped + count) / sectorSize), 'lowest-first');
  const runLength = Math.min(count, run * sectorSize - skipped);
  if (!set) return { kind: table.hasParent ? 'parent' : 'zero', length: runLength };
  return locatePresent(table, page, block, within, runLength);
}

/** Where the bitmap of a block's chunk stands in the file; a promise when its entry has to be read first. */
function bitmapPlace(table: BlockTable, block: number): number | Promise<unknown> {
  const index = bitmapIndex(table, block);
  const fail = (problem: string) =>
    invalidStructure(
      table.file.path,
      structure,
      table.offset + index * 8,
      `${problem} the partly present block ${block}`,
    );
  if (index >= table.entries) throw fail('has no room for the sector bitmap of');
  const page = pageOfEntry(table, index);
  if (page instanceof Promise) return page;
  const at = placeInPage(index);
  if (readState(page, at) !== blockState.present) throw fail('lacks the sector bitmap of');
  const place = readOffset(page, at);
  checkBlockPlace(table, structure, index, place, mebibyte);
  if (!isInside(place, mebibyte, table.file.size)) throw fail('places past the end of the file the sector bitmap of');
  return place;
}
