import type { ByteReader } from '../../source/byte-reader.ts';
import { cachePages } from '../../source/cache-pages.ts';
import { checkRange, isInside } from '../../source/check-range.ts';
import { isPowerOfTwo, le64 } from '../../source/integers.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';
import { readStructure } from '../../source/read-structure.ts';
import { largestDisk } from '../largest-disk.ts';
import { type TableTree, truncatedTree } from '../truncated-tree.ts';
import type { Extent } from './extent.ts';
import { locateGrain } from './locate-grain.ts';
import { parseDescriptor, type VmdkDescriptor } from './parse-descriptor.ts';

export interface SparseExtent extends Extent {
  readonly compressed: boolean;
  readonly descriptor: VmdkDescriptor | undefined;
}

interface SparseHeader {
  readonly offset: number;
  readonly zeroGrains: boolean;
  readonly compressed: boolean;
  readonly markers: boolean;
  readonly capacity: number;
  readonly grainSize: number;
  readonly descriptorOffset: number;
  readonly descriptorSize: number;
  readonly entriesPerTable: number;
  readonly directoryOffset: number;
}

const longestDescriptor = 1024 * 1024;
const atEnd = 0xffffffff * 512 * 2 ** 32;

/** A sparse extent of Workstation ("KDMV"), compressed streams included. `sharers` extents share one budget of memory. */
export async function openSparseExtent(file: ByteReader, sharers = 1, signal?: AbortSignal): Promise<SparseExtent> {
  let header = parseHeader(file, await readStructure(file, 'VMDK header', 0, 512, signal), 0);
  if (header.directoryOffset >= atEnd) {
    // A stream is written from front to back: the directory's place is only known in the footer.
    const offset = file.size - 1024;
    header = parseHeader(file, await readStructure(file, 'VMDK footer', offset, 512, signal), offset);
  }
  const perTable = header.entriesPerTable * header.grainSize;
  const directoryLength = Math.ceil(header.capacity / perTable) * 4;
  checkRange(file, 'VMDK grain directory', header.directoryOffset, directoryLength);
  const cached = cachePages(file, sharers);
  return {
    size: header.capacity,
    compressed: header.compressed,
    descriptor: await readDescriptor(file, header, signal),
    obstacles: await truncatedTree(file, describeGrainTables(file, header, directoryLength), signal),
    locate: locateGrain(file, cached, { ...header, sharers }),
  };
}

function parseHeader(file: ByteReader, bytes: Buffer, offset: number): SparseHeader {
  const fail = (problem: string, facts = {}) => invalidStructure(file.path, 'VMDK header', offset, problem, facts);
  if (bytes.toString('latin1', 0, 4) !== 'KDMV') throw fail('does not begin with "KDMV"');
  const version = bytes.readUInt32LE(4);
  if (version < 1 || version > 3) throw fail('has an unknown version', { version });
  const flags = bytes.readUInt32LE(8);
  const compressed = (flags & 0x10000) !== 0;
  if (compressed && bytes.readUInt16LE(77) !== 1) throw fail('names an unknown compression');
  const header: SparseHeader = {
    offset,
    zeroGrains: (flags & 4) !== 0,
    compressed,
    markers: (flags & 0x20000) !== 0,
    capacity: le64(bytes, 12) * 512,
    grainSize: le64(bytes, 20) * 512,
    descriptorOffset: le64(bytes, 28) * 512,
    descriptorSize: le64(bytes, 36) * 512,
    entriesPerTable: bytes.readUInt32LE(44),
    directoryOffset: le64(bytes, 56) * 512,
  };
  const { capacity, grainSize, entriesPerTable } = header;
  if (capacity > largestDisk) throw fail('gives an impossible disk size', { capacity });
  if (!isPowerOfTwo(grainSize) || grainSize < 512 || grainSize > 64 * 1024 ** 2) {
    throw fail('gives an impossible grain size', { grainSize });
  }
  if (entriesPerTable < 1 || entriesPerTable > 65536) throw fail('gives an impossible table size', { entriesPerTable });
  return header;
}

function describeGrainTables(file: ByteReader, header: SparseHeader, length: number): TableTree {
  return {
    reader: file,
    start: header.directoryOffset,
    length,
    lowerLength: header.entriesPerTable * 4,
    blockSize: header.compressed ? 512 : header.grainSize,
    lowerStarts: listPlaces,
    blockStarts: listPlaces,
  };
}

/** Entries count in sectors: 0 is nothing, and 1, where the header stands, is a grain of zeros. */
function* listPlaces(table: Buffer): Iterable<number> {
  for (let at = 0; at + 4 <= table.length; at += 4) {
    const sector = table.readUInt32LE(at);
    if (sector > 1) yield sector * 512;
  }
}

async function readDescriptor(
  file: ByteReader,
  header: SparseHeader,
  signal?: AbortSignal,
): Promise<VmdkDescriptor | undefined> {
  const { descriptorOffset, descriptorSize } = header;
  if (descriptorOffset === 0 || descriptorSize === 0) return undefined;
  if (descriptorSize > longestDescriptor || !isInside(descriptorOffset, descriptorSize, file.size)) {
    throw invalidStructure(file.path, 'VMDK descriptor', descriptorOffset, 'has an impossible place', {
      descriptorSize,
    });
  }
  const text = (await file.read(descriptorOffset, descriptorSize, signal)).toString('utf8');
  const end = text.indexOf('\0');
  return parseDescriptor(end === -1 ? text : text.slice(0, end));
}
