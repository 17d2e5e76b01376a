import type { Obstacle } from '../../model/image.ts';
import type { ByteReader } from '../source/byte-reader.ts';
import { isInside } from '../source/check-range.ts';
import { truncatedObstacle } from './truncated-obstacles.ts';

/** Tables in two levels: the upper one names the lower ones, and these name the blocks of data. */
export interface TableTree {
  readonly reader: ByteReader;
  readonly start: number;
  /** Bytes of the upper table, and of each lower one. */
  readonly length: number;
  readonly lowerLength: number;
  readonly blockSize: number;
  /** Where in the file the lower tables begin that the upper one names. */
  lowerStarts(upper: Buffer): Iterable<number>;
  /** Where in the file the blocks begin that a lower table names. */
  blockStarts(lower: Buffer): Iterable<number>;
}

// Larger tables are those of a disk of many gigabytes; reading on would make a look at it slow.
const mostBytes = 4 * 1024 * 1024;

/**
 * An obstacle when a table or block that is in use begins past the end of the file: the file was cut short. A last block may
 * be incomplete, as some programs leave its empty end away. Reads at most 4 MiB of each level, from the end of the file on.
 */
export async function truncatedTree(file: ByteReader, tree: TableTree, signal?: AbortSignal): Promise<Obstacle[]> {
  const { reader, lowerLength, blockSize } = tree;
  const upper = await reader.read(tree.start, Math.min(tree.length, mostBytes), signal);
  const lower = [...new Set(tree.lowerStarts(upper))].sort((one, other) => other - one);
  let needed = (lower[0] ?? -lowerLength) + lowerLength;
  const present = lower.filter(start => isInside(start, lowerLength, file.size));
  for (const start of present.slice(0, Math.max(1, Math.floor(mostBytes / lowerLength)))) {
    const bytes = await reader.read(start, lowerLength, signal);
    for (const block of tree.blockStarts(bytes)) if (block >= file.size) needed = Math.max(needed, block + blockSize);
  }
  return needed > file.size ? [truncatedObstacle(file.path, file.size, needed)] : [];
}
