import type { Allocation } from '../../model/image.ts';
import type { ImageLayout, Piece } from '../formats/format.ts';
import { bitRun } from '../source/bit-run.ts';
import type { ByteReader } from '../source/byte-reader.ts';
import { checkRange, isInside } from '../source/check-range.ts';
import { be64, isPowerOfTwo, roundUp } from '../source/integers.ts';
import { invalidStructure } from '../source/invalid-structure.ts';
import { type ReaderPages, type TablePages, tablePageSize } from '../source/table-pages.ts';
import type { VhdFooter } from './vhd-footer.ts';

export const unused = 0xffffffff;
/** The format's own limit is 2040 GiB; its sector numbers end here. */
const largestDynamic = 2 * 1024 ** 4;
const structure = 'VHD block allocation table';

/** The block allocation table of a dynamic or differencing VHD. */
export interface VhdMap {
  readonly file: ByteReader;
  readonly pages: ReaderPages;
  readonly tableOffset: number;
  /** Entries that the table has, and those that the disk needs. */
  readonly entries: number;
  readonly blocks: number;
  readonly blockSize: number;
  /** Bytes of the sector bitmap before each block. */
  readonly bitmapSize: number;
  readonly differencing: boolean;
}

/** Reads where table and blocks are from the dynamic header, every value checked. */
export function parseDynamicHeader(file: ByteReader, cache: TablePages, footer: VhdFooter, header: Buffer): VhdMap {
  const offset = footer.headerOffset;
  const fail = (problem: string, facts = {}) =>
    invalidStructure(file.path, 'VHD dynamic header', offset, problem, facts);
  if (header.toString('latin1', 0, 8) !== 'cxsparse') throw fail('does not begin with "cxsparse"');
  const sum = header.reduce((total, byte, at) => (at < 36 || at >= 40 ? total + byte : total), 0);
  if (~sum >>> 0 !== header.readUInt32BE(36)) throw fail('has a wrong checksum');
  const tableOffset = be64(header, 16);
  const entries = header.readUInt32BE(28);
  const blockSize = header.readUInt32BE(32);
  if (!isPowerOfTwo(blockSize) || blockSize < 4096 || blockSize > 256 * 1024 ** 2) {
    throw fail('gives an impossible block size', { blockSize });
  }
  if (footer.virtualSize > largestDynamic) throw fail('belongs to a larger disk than the format allows');
  if (entries * blockSize < footer.virtualSize) throw fail('has too few table entries for the disk', { entries });
  checkRange(file, structure, tableOffset, entries * 4);
  if (tableOffset % 512 !== 0) throw fail('places the block allocation table inside of a sector', { tableOffset });
  return {
    file,
    pages: cache.of(file),
    tableOffset,
    entries,
    blocks: Math.ceil(footer.virtualSize / blockSize),
    blockSize,
    bitmapSize: roundUp(blockSize / 512 / 8, 512),
    differencing: footer.type === 'differencing',
  };
}

/** Finds blocks, and in a differencing disk the sectors that it holds itself. What is in memory is answered at once. */
export function makeVhdMap(map: VhdMap): ImageLayout['locate'] {
  const { blockSize, tableOffset, pages } = map;
  const locate: ImageLayout['locate'] = (offset, length) => {
    const block = Math.floor(offset / blockSize);
    const within = offset - block * blockSize;
    const place = tableOffset + block * 4;
    const page = pages.get(Math.floor(place / tablePageSize));
    if (page instanceof Promise) return page.then(() => locate(offset, length));
    const sector = page.readUInt32BE(place % tablePageSize);
    if (sector === unused) {
      const kind = map.differencing ? 'parent' : 'zero';
      const wanted = Math.ceil((within + length) / blockSize);
      return { kind, length: Math.min(length, unusedBlocks(map, page, block, wanted) * blockSize - within) };
    }
    checkBlockPlace(map, block, sector * 512);
    const count = Math.min(length, blockSize - within);
    if (!map.differencing) return dataPiece(map, sector, within, count);
    const bits = bitmapPage(map, sector, within);
    if (bits instanceof Promise) return bits.then(() => locate(offset, length));
    return sectorPiece(map, bits, sector, within, count);
  };
  return locate;
}

/** How many blocks from `block` on are unused: no more than are wanted, and as far as the table's page tells. */
function unusedBlocks({ tableOffset, blocks }: VhdMap, page: Buffer, block: number, wanted: number): number {
  const first = (tableOffset + block * 4) % tablePageSize;
  const left = Math.min(wanted, blocks - block, (page.length - first) >> 2);
  let count = 1;
  while (count < left && page.readUInt32BE(first + count * 4) === unused) count++;
  return count;
}

export function checkBlockPlace(map: VhdMap, block: number, place: number): void {
  const end = map.tableOffset + map.entries * 4;
  const problem =
    place < 1024
      ? `places block ${block} over the header`
      : place < end && place + map.bitmapSize + map.blockSize > map.tableOffset
        ? `places block ${block} over itself`
        : undefined;
  if (problem !== undefined)
    throw invalidStructure(map.file.path, structure, map.tableOffset + block * 4, problem, { place });
}

/** The page with the bit of a sector. Bitmaps begin at sectors, so that one may go on in the next page. */
function bitmapPage({ file, pages, bitmapSize }: VhdMap, sector: number, within: number): Buffer | Promise<Buffer> {
  if (!isInside(sector * 512, bitmapSize, file.size)) {
    throw invalidStructure(file.path, 'VHD sector bitmap', sector * 512, 'reaches past the end', {
      length: bitmapSize,
    });
  }
  return pages.get(Math.floor((sector * 512 + Math.floor(within / 4096)) / tablePageSize));
}

function sectorPiece(map: VhdMap, bits: Buffer, sector: number, within: number, count: number): Piece {
  const first = Math.floor(within / 512);
  const bit = ((sector * 512 + (first >> 3)) % tablePageSize) * 8 + (first & 7);
  const skipped = within - first * 512;
  const { set, run } = bitRun(bits, bit, Math.ceil((skipped + count) / 512), 'highest-first');
  const length = Math.min(count, run * 512 - skipped);
  return set ? dataPiece(map, sector, within, length) : { kind: 'parent', length };
}

function dataPiece({ file, bitmapSize }: VhdMap, sector: number, within: number, length: number): Piece {
  return { kind: 'file', source: file, offset: sector * 512 + bitmapSize + within, length };
}

/** Counts the blocks; the table's own entries beyond the disk's end do not count. */
export async function surveyVhd(map: VhdMap, signal?: AbortSignal): Promise<Allocation> {
  const { file, tableOffset, blocks, blockSize, bitmapSize, differencing } = map;
  const step = 1024 * 1024;
  let held = 0;
  for (let from = 0; from < blocks * 4; from += step) {
    const bytes = await file.read(tableOffset + from, Math.min(step, blocks * 4 - from), signal);
    for (let at = 0; at < bytes.length; at += 4) if (bytes.readUInt32BE(at) !== unused) held++;
  }
  return {
    blocks,
    present: differencing ? 0 : held,
    // Which sectors of them it holds only their bitmaps tell.
    partlyPresent: differencing ? held : 0,
    zero: differencing ? 0 : blocks - held,
    allocatedBytes: held * (blockSize + bitmapSize),
  };
}
