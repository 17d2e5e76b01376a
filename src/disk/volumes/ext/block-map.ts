import type { ByteReader } from '../../source/byte-reader.ts';
import { readStructure } from '../../source/read-structure.ts';
import type { BlockRun } from './extent-tree.ts';
import type { ExtInode } from './read-inode.ts';
import type { ExtSuperblock } from './read-superblock.ts';

const directBlocks = 12;
const levels = 3;

/** The run that holds a block of a file of ext2 and ext3: behind the 12 direct pointers stand three trees of them. */
export async function findMappedRun(
  volume: ByteReader,
  { blockSize }: ExtSuperblock,
  inode: ExtInode,
  block: number,
  signal?: AbortSignal,
): Promise<BlockRun> {
  if (block < directBlocks) return runAmong(inode.blocks.subarray(block * 4, directBlocks * 4));
  const perBlock = blockSize / 4;
  let rest = block - directBlocks;
  let depth = 1;
  while (depth <= levels && rest >= perBlock ** depth) {
    rest -= perBlock ** depth;
    depth++;
  }
  if (depth > levels) return { start: 0, blocks: Number.POSITIVE_INFINITY };
  let pointer = inode.blocks.readUInt32LE((directBlocks - 1 + depth) * 4);
  for (let level = depth - 1; ; level--) {
    const covered = perBlock ** level;
    // Without a table all that it would stand for is a hole.
    if (pointer === 0) return { start: 0, blocks: covered * perBlock - (rest % (covered * perBlock)) };
    const index = Math.floor(rest / covered) % perBlock;
    const place = pointer * blockSize + index * 4;
    if (level === 0)
      return runAmong(await readStructure(volume, 'ext block map', place, (perBlock - index) * 4, signal));
    pointer = (await readStructure(volume, 'ext block map', place, 4, signal)).readUInt32LE(0);
  }
}

/** How many of the pointers, from the first on, lead to blocks side by side, or to none. */
function runAmong(pointers: Buffer): BlockRun {
  const start = pointers.readUInt32LE(0);
  let blocks = 1;
  while (
    (blocks + 1) * 4 <= pointers.length &&
    pointers.readUInt32LE(blocks * 4) === (start === 0 ? 0 : start + blocks)
  ) {
    blocks++;
  }
  return { start, blocks };
}
