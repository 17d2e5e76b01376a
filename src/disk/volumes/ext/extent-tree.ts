import type { ByteReader } from '../../source/byte-reader.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';
import { readStructure } from '../../source/read-structure.ts';
import type { ExtInode } from './read-inode.ts';
import type { ExtSuperblock } from './read-superblock.ts';

/** Blocks of a file that lie one behind the other. */
export interface BlockRun {
  /** First block on the volume; 0 for a hole. */
  readonly start: number;
  /** At least 1. */
  readonly blocks: number;
}

const deepestTree = 5;
const mark = 0xf30a;

/** The run that holds a block of a file with extents: from that block on, or the whole hole up to the next extent. */
export async function findExtent(
  volume: ByteReader,
  { blockSize }: ExtSuperblock,
  inode: ExtInode,
  block: number,
  signal?: AbortSignal,
): Promise<BlockRun> {
  const fail = (problem: string) =>
    invalidStructure(volume.path, 'ext extent tree', 0, `of inode ${inode.number} ${problem}`);
  let node = inode.blocks;
  // Where the next subtree begins: a hole ends there at the latest.
  let end = Number.POSITIVE_INFINITY;
  let depth = node.readUInt16LE(6);
  if (depth > deepestTree) throw fail('is too deep');
  for (; ; depth--) {
    const entries = node.readUInt16LE(2);
    if (node.readUInt16LE(0) !== mark || 12 + entries * 12 > node.length || node.readUInt16LE(6) !== depth) {
      throw fail('is damaged');
    }
    if (depth === 0) {
      const run = runInLeaf(node, entries, block, end);
      if (!run) throw fail('has extents in no order, or one without length');
      return run;
    }
    const { child, next } = childOf(node, entries, block, end);
    if (child === undefined) return { start: 0, blocks: next - block };
    end = next;
    node = await readStructure(volume, 'ext extent tree', child * blockSize, blockSize, signal);
  }
}

/** The child whose subtree would hold the block, and the block with which the next one begins. */
function childOf(node: Buffer, entries: number, block: number, end: number): { child?: number; next: number } {
  let child: number | undefined;
  for (let at = 12; at < 12 + entries * 12; at += 12) {
    const first = node.readUInt32LE(at);
    if (first > block) return { ...(child === undefined ? {} : { child }), next: Math.min(first, end) };
    child = node.readUInt32LE(at + 4) + node.readUInt16LE(at + 8) * 2 ** 32;
  }
  return { ...(child === undefined ? {} : { child }), next: end };
}

function runInLeaf(node: Buffer, entries: number, block: number, end: number): BlockRun | undefined {
  let next = end;
  for (let at = 12; at < 12 + entries * 12; at += 12) {
    const first = node.readUInt32LE(at);
    const rawLength = node.readUInt16LE(at + 4);
    // A length above 32768 marks blocks that are reserved, but were never written.
    const unwritten = rawLength > 32768;
    const length = unwritten ? rawLength - 32768 : rawLength;
    if (length === 0) return undefined;
    if (block >= first && block < first + length) {
      const start = node.readUInt32LE(at + 8) + node.readUInt16LE(at + 6) * 2 ** 32;
      return { start: unwritten ? 0 : start + block - first, blocks: first + length - block };
    }
    if (first > block) {
      next = Math.min(first, end);
      break;
    }
  }
  // A subtree that ends before it should hold the block: only damage gives that.
  return next > block ? { start: 0, blocks: next - block } : undefined;
}
