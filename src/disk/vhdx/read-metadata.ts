import type { ByteReader } from '../source/byte-reader.ts';
import { isInside } from '../source/check-range.ts';
import { isPowerOfTwo, le64 } from '../source/integers.ts';
import { invalidStructure } from '../source/invalid-structure.ts';
import { readGuid } from '../source/read-guid.ts';
import { readStructure } from '../source/read-structure.ts';
import { type ParentLocator, parseParentLocator } from './parse-parent-locator.ts';
import type { Region } from './read-regions.ts';

export interface VhdxMetadata {
  readonly virtualSize: number;
  readonly sectorSize: number;
  readonly blockSize: number;
  /** The blocks stay allocated: the disk was made as a fixed one. */
  readonly fixed: boolean;
  /** Present in a differencing disk. */
  readonly parent: ParentLocator | undefined;
}

const itemFlag = { user: 1, required: 4 } as const;
const longestItem = 1024 * 1024;
const tableSize = 64 * 1024;
const mostEntries = 2047;
const mebibyte = 1024 * 1024;
const largestVhdx = 64 * 1024 ** 4;
const items = {
  fileParameters: 'caa16737-fa36-4d43-b3b6-33f0aa44e76b',
  virtualSize: '2fa54224-cd1b-4876-b211-5dbed83bf4b8',
  sectorSize: '8141bf1d-a96f-4709-ba47-f233a8faab5f',
  physicalSectorSize: 'cda348c7-445d-4471-9cc9-e9885251c556',
  page83: 'beca12ab-b2e6-4523-93ef-c309e000c746',
  parentLocator: 'a8d35f2d-b30b-454d-abf7-d3d84834ab0c',
} as const;
const knownItems: ReadonlySet<string> = new Set(Object.values(items));

/** The metadata of the virtual disk, every value checked against the limits of the format. */
export async function readMetadata(file: ByteReader, region: Region, signal?: AbortSignal): Promise<VhdxMetadata> {
  const find = await readItems(file, region, signal);
  const parameters = await find(items.fileParameters, 8);
  const virtualSize = le64(await find(items.virtualSize, 8), 0);
  const sectorSize = (await find(items.sectorSize, 4)).readUInt32LE(0);
  const blockSize = parameters.readUInt32LE(0);
  const flags = parameters.readUInt32LE(4);
  const fail = (problem: string, facts: object) =>
    invalidStructure(file.path, 'VHDX metadata', region.offset, problem, { ...facts });
  if (sectorSize !== 512 && sectorSize !== 4096) throw fail('gives an impossible sector size', { sectorSize });
  if (!isPowerOfTwo(blockSize) || blockSize < mebibyte || blockSize > 256 * mebibyte) {
    throw fail('gives an impossible block size', { blockSize });
  }
  if (virtualSize === 0 || virtualSize > largestVhdx || virtualSize % sectorSize !== 0) {
    throw fail('gives an impossible disk size', { virtualSize });
  }
  const parent = (flags & 2) === 0 ? undefined : parseParentLocator(await find(items.parentLocator, 20, longestItem));
  if ((flags & 2) !== 0 && !parent) throw fail('names a parent in a way that is not known, or without its id', {});
  return {
    virtualSize,
    sectorSize,
    blockSize,
    fixed: (flags & 1) !== 0,
    parent,
  };
}

type FindItem = (id: string, leastLength: number, mostLength?: number) => Promise<Buffer>;

async function readItems(file: ByteReader, region: Region, signal?: AbortSignal): Promise<FindItem> {
  const table = await readStructure(file, 'VHDX metadata table', region.offset, tableSize, signal);
  const fail = (problem: string, facts = {}) =>
    invalidStructure(file.path, 'VHDX metadata table', region.offset, problem, facts);
  if (table.toString('latin1', 0, 8) !== 'metadata') throw fail('does not begin with "metadata"');
  const count = table.readUInt16LE(10);
  if (count > mostEntries) throw fail('has too many entries', { count });
  const found = new Map<string, Region>();
  for (let index = 0; index < count; index++) {
    const at = 32 + index * 32;
    const id = readGuid(table, at);
    const flags = table.readUInt32LE(at + 24);
    // Items of users have ids of their own, which may be those of the format's items.
    const isUser = (flags & itemFlag.user) !== 0;
    const isKnown = !isUser && knownItems.has(id);
    if (!isKnown && (flags & itemFlag.required) !== 0) throw fail(`requires the unknown item ${id}`);
    if (!isKnown) continue;
    if (found.has(id)) throw fail(`lists the item ${id} twice`);
    found.set(id, { offset: table.readUInt32LE(at + 16), length: table.readUInt32LE(at + 20) });
  }
  return async (id, leastLength, mostLength = leastLength) => {
    const item = found.get(id);
    if (!item) throw fail(`lacks the item ${id}`);
    const length = Math.min(item.length, mostLength);
    if (length < leastLength || item.offset < tableSize || !isInside(item.offset, length, region.length)) {
      throw fail(`places the item ${id} outside of its region`, { ...item });
    }
    return await file.read(region.offset + item.offset, length, signal);
  };
}
