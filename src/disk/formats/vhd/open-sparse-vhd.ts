import type { Obstacle } from '../../../model/image.ts';
import type { ByteReader } from '../../source/byte-reader.ts';
import { cachePages } from '../../source/cache-pages.ts';
import { checkRange } from '../../source/check-range.ts';
import { be64, isPowerOfTwo, roundUp } from '../../source/integers.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';
import { readStructure } from '../../source/read-structure.ts';
import { differencingObstacle } from '../differencing-obstacle.ts';
import type { ImageLayout } from '../format.ts';
import { truncatedObstacles } from '../truncated-obstacles.ts';
import type { VhdFooter } from './vhd-footer.ts';
import { readVhdParents } from './vhd-parents.ts';

interface VhdMap {
  readonly tableOffset: number;
  readonly entries: number;
  readonly blockSize: number;
  /** Bytes of the sector bitmap before each block. */
  readonly bitmapSize: number;
}

const unused = 0xffffffff;

/** A dynamic or differencing VHD. A block bitmap says which sectors a differencing disk holds itself. */
export async function openSparseVhd(
  file: ByteReader,
  footer: VhdFooter,
  found: readonly Obstacle[],
  signal?: AbortSignal,
): Promise<ImageLayout> {
  const header = await readStructure(file, 'VHD dynamic header', footer.headerOffset, 1024, signal);
  const map = parseHeader(file, footer, header);
  const differencing = footer.type === 'differencing';
  const parents = differencing ? await readVhdParents(file, header, signal) : [];
  const cached = cachePages(file);
  return {
    variant: footer.type,
    virtualSize: footer.virtualSize,
    sectorSize: 512,
    parents,
    obstacles: [
      ...found,
      ...(differencing ? [differencingObstacle(file.path, parents)] : []),
      ...(await truncatedObstacles(file, tableReader(cached, map), signal)),
    ],
    locate: locateBlock(file, cached, map, differencing),
  };
}

function parseHeader(file: ByteReader, footer: VhdFooter, header: Buffer): VhdMap {
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
  if (entries * blockSize < footer.virtualSize) throw fail('has too few table entries for the disk', { entries });
  checkRange(file, 'VHD block allocation table', tableOffset, entries * 4);
  return { tableOffset, entries, blockSize, bitmapSize: roundUp(blockSize / 512 / 8, 512) };
}

function tableReader(cached: ByteReader, map: VhdMap) {
  return {
    start: map.tableOffset,
    length: map.entries * 4,
    /** The end of each block that the bytes of the table name. */
    *blockEnds(bytes: Buffer) {
      for (let at = 0; at + 4 <= bytes.length; at += 4) {
        const sector = bytes.readUInt32BE(at);
        if (sector !== unused) yield sector * 512 + map.bitmapSize + map.blockSize;
      }
    },
    reader: cached,
  };
}

function locateBlock(file: ByteReader, cached: ByteReader, map: VhdMap, differencing: boolean): ImageLayout['locate'] {
  return async (offset, length, signal) => {
    const block = Math.floor(offset / map.blockSize);
    const within = offset - block * map.blockSize;
    const count = Math.min(length, map.blockSize - within);
    const sector = (await cached.read(map.tableOffset + block * 4, 4, signal)).readUInt32BE(0);
    if (sector === unused) return { kind: differencing ? 'parent' : 'zero', length: count };
    const data = sector * 512 + map.bitmapSize + within;
    if (!differencing) return { kind: 'file', source: file, offset: data, length: count };
    const bitmap = await readStructure(cached, 'VHD sector bitmap', sector * 512, map.bitmapSize, signal);
    const { present, run } = sectorRun(bitmap, within, count);
    return present ? { kind: 'file', source: file, offset: data, length: run } : { kind: 'parent', length: run };
  };
}

/** How many bytes from `within` on lie in sectors that are all present, or all absent. */
function sectorRun(bitmap: Buffer, within: number, count: number): { present: boolean; run: number } {
  const isPresent = (sector: number) => ((bitmap[sector >> 3] ?? 0) & (0x80 >> (sector & 7))) !== 0;
  const first = Math.floor(within / 512);
  const present = isPresent(first);
  let sector = first + 1;
  while (sector * 512 < within + count && isPresent(sector) === present) sector++;
  return { present, run: Math.min(count, sector * 512 - within) };
}
