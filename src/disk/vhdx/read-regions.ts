import { Fault } from '../../errors/fault.ts';
import type { ByteReader } from '../source/byte-reader.ts';
import { checkRange, isInside } from '../source/check-range.ts';
import { crc32cWithout } from '../source/crc32c.ts';
import { le64 } from '../source/integers.ts';
import { invalidStructure } from '../source/invalid-structure.ts';
import { readGuid } from '../source/read-guid.ts';

export interface Region {
  readonly offset: number;
  readonly length: number;
}

export interface VhdxRegions {
  readonly blockTable: Region;
  readonly metadata: Region;
}

const tableOffsets = [192 * 1024, 256 * 1024];
const tableSize = 64 * 1024;
const mostEntries = 2047;
const mebibyte = 1024 * 1024;
const blockTableId = '2dc27766-f623-4200-9d64-115e9bfd4a08';
const metadataId = '8b7ca206-4790-4b9a-b8fe-575f050f886e';

export const regionTableOffsets = tableOffsets;

/** Where the block allocation table and the metadata lie, by the first of the two region tables that is intact. */
export async function readRegions(file: ByteReader, signal?: AbortSignal): Promise<VhdxRegions> {
  for (const offset of tableOffsets) {
    const bytes = await readRegionTable(file, offset, signal);
    if (bytes) return parseTable(file, bytes, offset);
  }
  throw invalidStructure(file.path, 'VHDX region table', tableOffsets[0] ?? 0, 'is damaged, and so is its copy');
}

/** The region table at one place; undefined when it is not intact. */
export async function readRegionTable(
  file: ByteReader,
  offset: number,
  signal?: AbortSignal,
): Promise<Buffer | undefined> {
  if (!isInside(offset, tableSize, file.size)) return undefined;
  const bytes = await file.read(offset, tableSize, signal);
  const intact = bytes.toString('latin1', 0, 4) === 'regi' && crc32cWithout(bytes, 4) === bytes.readUInt32LE(4);
  return intact ? bytes : undefined;
}

function parseTable(file: ByteReader, bytes: Buffer, offset: number): VhdxRegions {
  const count = bytes.readUInt32LE(8);
  if (count > mostEntries)
    throw invalidStructure(file.path, 'VHDX region table', offset, 'has too many entries', { count });
  const regions = new Map<string, Region>();
  for (let index = 0; index < count; index++) {
    const at = 16 + index * 32;
    const id = readGuid(bytes, at);
    const region = { offset: le64(bytes, at + 16), length: bytes.readUInt32LE(at + 24) };
    if (id === blockTableId || id === metadataId) {
      checkRegion(file, region, regions.has(id));
      regions.set(id, region);
    } else if (bytes.readUInt32LE(at + 28) & 1) {
      throw new Fault('unsupported', `"${file.path}" needs the unknown VHDX region ${id} to be understood.`, {
        data: { path: file.path, structure: 'VHDX region table', offset: offset + at, region: id },
      });
    }
  }
  const blockTable = regions.get(blockTableId);
  const metadata = regions.get(metadataId);
  if (!blockTable || !metadata) {
    throw invalidStructure(file.path, 'VHDX region table', offset, 'lacks the block allocation table or the metadata');
  }
  if (overlap(blockTable, metadata)) {
    throw invalidStructure(file.path, 'VHDX region table', offset, 'places two regions over each other', {
      blockTable: blockTable.offset,
      metadata: metadata.offset,
    });
  }
  return { blockTable, metadata };
}

export function overlap(one: Region, other: Region): boolean {
  return one.offset < other.offset + other.length && other.offset < one.offset + one.length;
}

function checkRegion(file: ByteReader, region: Region, repeated: boolean): void {
  const fail = (problem: string) => invalidStructure(file.path, 'VHDX region', region.offset, problem, { ...region });
  if (repeated) throw fail('is listed twice');
  if (
    region.offset < mebibyte ||
    region.offset % mebibyte !== 0 ||
    region.length % mebibyte !== 0 ||
    region.length === 0
  ) {
    throw fail('is not aligned to 1 MiB');
  }
  checkRange(file, 'VHDX region', region.offset, region.length);
}
