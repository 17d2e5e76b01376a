import type { ByteReader } from '../source/byte-reader.ts';
import { cachePages } from '../source/cache-pages.ts';
import { checkRange } from '../source/check-range.ts';
import { isPowerOfTwo, le64 } from '../source/integers.ts';
import { invalidStructure } from '../source/invalid-structure.ts';
import { readGuid } from '../source/read-guid.ts';
import { readStructure } from '../source/read-structure.ts';
import { differencingObstacle } from './differencing-obstacle.ts';
import type { FormatReader, ImageLayout } from './format.ts';
import { largestDisk } from './largest-disk.ts';
import { truncatedObstacles } from './truncated-obstacles.ts';

interface VdiHeader {
  readonly variant: 'dynamic' | 'fixed' | 'differencing';
  readonly virtualSize: number;
  readonly mapOffset: number;
  readonly dataOffset: number;
  readonly blockSize: number;
  /** Bytes before the data of each block. */
  readonly blockExtra: number;
  readonly blocks: number;
  readonly parentId: string;
}

const variants: Readonly<Record<number, VdiHeader['variant']>> = {
  1: 'dynamic',
  2: 'fixed',
  3: 'differencing',
  4: 'differencing',
};
const unallocated = 0xffffffff;
const discarded = 0xfffffffe;

/** VirtualBox: fixed, dynamic and differencing VDI. */
export const vdiFormat: FormatReader = {
  format: 'vdi',
  async open(file, { signal }): Promise<ImageLayout> {
    const bytes = await readStructure(file, 'VDI header', 0, 512, signal);
    const header = parseHeader(file, bytes);
    const cached = cachePages(file);
    const differencing = header.variant === 'differencing';
    // A VDI knows its parent by id alone.
    const parents = differencing ? [`{${header.parentId}}`] : [];
    const table = { reader: cached, start: header.mapOffset, length: header.blocks * 4, blockEnds: blockEnds(header) };
    return {
      variant: header.variant,
      virtualSize: header.virtualSize,
      sectorSize: 512,
      parents,
      obstacles: [
        ...(differencing ? [differencingObstacle(file.path, parents)] : []),
        ...(await truncatedObstacles(file, table, signal)),
      ],
      locate: locateBlock(file, cached, header, differencing),
    };
  },
};

function parseHeader(file: ByteReader, bytes: Buffer): VdiHeader {
  const fail = (problem: string, facts = {}) => invalidStructure(file.path, 'VDI header', 0, problem, facts);
  if (bytes.readUInt32LE(64) !== 0xbeda107f) throw fail('lacks its signature');
  const version = bytes.readUInt32LE(68);
  if (version >>> 16 !== 1) throw fail('has a version other than 1', { version });
  const variant = variants[bytes.readUInt32LE(76)];
  if (!variant) throw fail('names an unknown image type', { type: bytes.readUInt32LE(76) });
  const header: VdiHeader = {
    variant,
    mapOffset: bytes.readUInt32LE(340),
    dataOffset: bytes.readUInt32LE(344),
    virtualSize: Math.ceil(le64(bytes, 368) / 512) * 512,
    blockSize: bytes.readUInt32LE(376),
    blockExtra: bytes.readUInt32LE(380),
    blocks: bytes.readUInt32LE(384),
    parentId: readGuid(bytes, 440),
  };
  const { blockSize, blockExtra, virtualSize, blocks } = header;
  if (virtualSize === 0 || virtualSize > largestDisk) throw fail('gives an impossible disk size', { virtualSize });
  if (!isPowerOfTwo(blockSize) || blockSize < 4096 || blockSize > 256 * 1024 ** 2 || blockExtra > blockSize) {
    throw fail('gives an impossible block size', { blockSize, blockExtra });
  }
  if (blocks * blockSize < virtualSize) throw fail('has too few blocks for the disk', { blocks });
  checkRange(file, 'VDI block map', header.mapOffset, blocks * 4);
  return header;
}

function blockEnds(header: VdiHeader) {
  const size = header.blockExtra + header.blockSize;
  return function* ends(bytes: Buffer, tableOffset: number): Iterable<number> {
    for (let at = 0; at + 4 <= bytes.length; at += 4) {
      const block = bytes.readUInt32LE(at);
      const left = header.virtualSize - ((tableOffset + at) / 4) * header.blockSize;
      if (block < discarded && left > 0) yield header.dataOffset + block * size + Math.min(size, left);
    }
  };
}

function locateBlock(
  file: ByteReader,
  cached: ByteReader,
  header: VdiHeader,
  differencing: boolean,
): ImageLayout['locate'] {
  return async (offset, length, signal) => {
    const index = Math.floor(offset / header.blockSize);
    const within = offset - index * header.blockSize;
    const count = Math.min(length, header.blockSize - within);
    const block = (await cached.read(header.mapOffset + index * 4, 4, signal)).readUInt32LE(0);
    if (block === discarded) return { kind: 'zero', length: count };
    if (block === unallocated) return { kind: differencing ? 'parent' : 'zero', length: count };
    const start = header.dataOffset + block * (header.blockSize + header.blockExtra) + header.blockExtra;
    return { kind: 'file', source: file, offset: start + within, length: count };
  };
}
