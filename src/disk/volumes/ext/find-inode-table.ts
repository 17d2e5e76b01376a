import type { ByteReader } from '../../source/byte-reader.ts';
import { readStructure } from '../../source/read-structure.ts';
import type { ExtSuperblock } from './read-superblock.ts';

/** Where the table of inodes of a group begins, in bytes. */
export async function inodeTable(
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
