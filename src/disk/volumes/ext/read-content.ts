import type { ByteReader } from '../../source/byte-reader.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';
import { readStructure } from '../../source/read-structure.ts';
import type { ExtInode } from './read-inode.ts';
import type { ExtSuperblock } from './read-superblock.ts';

const deepestTree = 5;

/** The first `length` bytes of an inode's content; holes are zero. The caller bounds `length`. */
export async function readExtContent(
  volume: ByteReader,
  superblock: ExtSuperblock,
  inode: ExtInode,
  length: number,
  signal?: AbortSignal,
): Promise<Buffer> {
  if (inode.isInline) return inlineContent(inode).subarray(0, length);
  const content = Buffer.alloc(length);
  const { blockSize } = superblock;
  for (let block = 0; block * blockSize < length; ) {
    const run = inode.usesExtents
      ? await extentRun(volume, superblock, inode, block, signal)
      : { start: await mappedBlock(volume, superblock, inode, block, signal), blocks: 1 };
    const at = block * blockSize;
    const count = Math.min(run.blocks * blockSize, length - at);
    if (run.start !== 0)
      (await readStructure(volume, 'ext block', run.start * blockSize, count, signal)).copy(content, at);
    block += run.blocks;
  }
  return content;
}

/** Inline content begins among the block pointers and goes on in the attribute "data", as its value in the inode. */
function inlineContent(inode: ExtInode): Buffer {
  const { bytes, blocks } = inode;
  const start = 128 + (bytes.length > 130 ? bytes.readUInt16LE(128) : 0);
  if (start + 4 > bytes.length || bytes.readUInt32LE(start) !== 0xea020000) return blocks;
  const first = start + 4;
  for (let at = first; at + 16 <= bytes.length && bytes.readUInt32LE(at) !== 0; ) {
    const nameLength = bytes.readUInt8(at);
    const name = bytes.toString('latin1', at + 16, at + 16 + nameLength);
    const value = first + bytes.readUInt16LE(at + 2);
    const size = bytes.readUInt32LE(at + 8);
    if (bytes.readUInt8(at + 1) === 7 && name === 'data' && value + size <= bytes.length) {
      return Buffer.concat([blocks, bytes.subarray(value, value + size)]);
    }
    at += 16 + Math.ceil(nameLength / 4) * 4;
  }
  return blocks;
}

interface Run {
  /** First block on the volume; 0 for a hole. */
  readonly start: number;
  readonly blocks: number;
}

async function extentRun(
  volume: ByteReader,
  superblock: ExtSuperblock,
  inode: ExtInode,
  block: number,
  signal?: AbortSignal,
): Promise<Run> {
  let node = inode.blocks;
  for (let level = 0; level <= deepestTree; level++) {
    const entries = node.readUInt16LE(2);
    if (node.readUInt16LE(0) !== 0xf30a || 12 + entries * 12 > node.length) {
      throw invalidStructure(volume.path, 'ext extent tree', 0, `of inode ${inode.number} is damaged`);
    }
    if (node.readUInt16LE(6) === 0) return runInLeaf(node, entries, block);
    const child = childOf(node, entries, block);
    if (child === undefined) return { start: 0, blocks: 1 };
    node = await readStructure(volume, 'ext extent tree', child * superblock.blockSize, superblock.blockSize, signal);
  }
  throw invalidStructure(volume.path, 'ext extent tree', 0, `of inode ${inode.number} is too deep`);
}

function childOf(node: Buffer, entries: number, block: number): number | undefined {
  let child: number | undefined;
  for (let at = 12; at < 12 + entries * 12 && node.readUInt32LE(at) <= block; at += 12) {
    child = node.readUInt32LE(at + 4) + node.readUInt16LE(at + 8) * 2 ** 32;
  }
  return child;
}

function runInLeaf(node: Buffer, entries: number, block: number): Run {
  let hole = 1;
  for (let at = 12; at < 12 + entries * 12; at += 12) {
    const first = node.readUInt32LE(at);
    const rawLength = node.readUInt16LE(at + 4);
    // A length above 32768 marks blocks that are reserved, but were never written.
    const unwritten = rawLength > 32768;
    const length = unwritten ? rawLength - 32768 : rawLength;
    if (block >= first && block < first + length) {
      const start = node.readUInt32LE(at + 8) + node.readUInt16LE(at + 6) * 2 ** 32;
      return { start: unwritten ? 0 : start + block - first, blocks: first + length - block };
    }
    if (first > block) {
      hole = first - block;
      break;
    }
  }
  return { start: 0, blocks: hole };
}

/** The block behind the 12 direct pointers and the three trees of ext2 and ext3. */
async function mappedBlock(
  volume: ByteReader,
  superblock: ExtSuperblock,
  inode: ExtInode,
  block: number,
  signal?: AbortSignal,
): Promise<number> {
  if (block < 12) return inode.blocks.readUInt32LE(block * 4);
  const perBlock = superblock.blockSize / 4;
  let rest = block - 12;
  let depth = 1;
  while (depth <= 3 && rest >= perBlock ** depth) {
    rest -= perBlock ** depth;
    depth++;
  }
  if (depth > 3) return 0;
  let pointer = inode.blocks.readUInt32LE((11 + depth) * 4);
  for (let level = depth - 1; level >= 0 && pointer !== 0; level--) {
    const index = Math.floor(rest / perBlock ** level) % perBlock;
    const place = pointer * superblock.blockSize + index * 4;
    pointer = (await readStructure(volume, 'ext block map', place, 4, signal)).readUInt32LE(0);
  }
  return pointer;
}
