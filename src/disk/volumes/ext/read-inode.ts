import type { ByteReader } from '../../source/byte-reader.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';
import { readStructure } from '../../source/read-structure.ts';
import type { ExtSuperblock } from './read-superblock.ts';

export interface ExtInode {
  readonly number: number;
  readonly kind: 'folder' | 'file' | 'link' | 'other';
  readonly size: number;
  readonly usesExtents: boolean;
  /** The content itself stands in the inode. */
  readonly isInline: boolean;
  /** 60 bytes: block pointers, the root of the extent tree, a short link's target, or inline content. */
  readonly blocks: Buffer;
  /** The whole inode, for inline content that goes on in an attribute. */
  readonly bytes: Buffer;
}

const kinds: Readonly<Record<number, ExtInode['kind']>> = { 4: 'folder', 8: 'file', 10: 'link' };

export async function readInode(
  volume: ByteReader,
  superblock: ExtSuperblock,
  number: number,
  signal?: AbortSignal,
): Promise<ExtInode> {
  if (number < 1 || number > superblock.inodes) {
    throw invalidStructure(volume.path, 'ext inode', 0, `number ${number} does not exist`, {
      inodes: superblock.inodes,
    });
  }
  const group = Math.floor((number - 1) / superblock.inodesPerGroup);
  const table = await inodeTable(volume, superblock, group, signal);
  const offset = table + ((number - 1) % superblock.inodesPerGroup) * superblock.inodeSize;
  const bytes = await readStructure(volume, 'ext inode', offset, superblock.inodeSize, signal);
  const flags = bytes.readUInt32LE(32);
  const kind = kinds[bytes.readUInt16LE(0) >> 12] ?? 'other';
  const usesExtents = (flags & 0x80000) !== 0;
  const size = bytes.readUInt32LE(4) + bytes.readUInt32LE(108) * 2 ** 32;
  return {
    number,
    kind,
    size,
    usesExtents,
    // A short link's target stands where the block pointers would.
    isInline: (flags & 0x10000000) !== 0 || (kind === 'link' && size < 60 && !usesExtents),
    blocks: bytes.subarray(40, 100),
    bytes,
  };
}

async function inodeTable(
  volume: ByteReader,
  superblock: ExtSuperblock,
  group: number,
  signal?: AbortSignal,
): Promise<number> {
  const size = superblock.descriptorSize;
  const place = descriptorPlace(superblock, group);
  const bytes = await readStructure(volume, 'ext group descriptor', place, size, signal);
  const high = size >= 64 ? bytes.readUInt32LE(40) : 0;
  return (bytes.readUInt32LE(8) + high * 2 ** 32) * superblock.blockSize;
}

function descriptorPlace(superblock: ExtSuperblock, group: number): number {
  const { blockSize, descriptorSize, descriptorStart, firstMetaGroup } = superblock;
  const perBlock = Math.floor(blockSize / descriptorSize);
  if (group < firstMetaGroup)
    return descriptorStart + Math.floor(group / perBlock) * blockSize + (group % perBlock) * descriptorSize;
  // With meta_bg each run of groups keeps its block of descriptors in its first group, behind a superblock copy if it has one.
  const first = Math.floor(group / perBlock) * perBlock;
  if (first === 0) return descriptorStart + (group % perBlock) * descriptorSize;
  const block = superblock.firstBlock + first * superblock.blocksPerGroup + (hasSuperblock(superblock, first) ? 1 : 0);
  return block * blockSize + (group % perBlock) * descriptorSize;
}

function hasSuperblock(superblock: ExtSuperblock, group: number): boolean {
  if (!superblock.sparseSuper || group <= 1) return true;
  return [3, 5, 7].some(base => {
    let power = base;
    while (power < group) power *= base;
    return power === group;
  });
}
