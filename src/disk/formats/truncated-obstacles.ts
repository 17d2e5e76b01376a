import type { Obstacle } from '../../model/image.ts';
import type { ByteReader } from '../source/byte-reader.ts';

export interface BlockTable {
  readonly reader: ByteReader;
  readonly start: number;
  /** Bytes of the whole table. */
  readonly length: number;
  /** Where in the file each block ends that the stretch of the table from `tableOffset` on names. */
  blockEnds(bytes: Buffer, tableOffset: number): Iterable<number>;
}

const step = 32 * 1024;
// A larger table is that of a disk of terabytes; reading on would make a look at it slow.
const mostBytes = 4 * 1024 * 1024;

/** An obstacle when the table names blocks past the end of the file: the file was cut short. Reads at most 4 MiB of table. */
export async function truncatedObstacles(
  file: ByteReader,
  table: BlockTable,
  signal?: AbortSignal,
): Promise<Obstacle[]> {
  let end = 0;
  const length = Math.min(table.length, mostBytes);
  for (let at = 0; at < length; at += step) {
    const bytes = await table.reader.read(table.start + at, Math.min(step, length - at), signal);
    for (const blockEnd of table.blockEnds(bytes, at)) end = Math.max(end, blockEnd);
  }
  return end > file.size ? [truncatedObstacle(file.path, file.size, end)] : [];
}

/** What stands in the way when a file holds `size` bytes and its tables speak of `needed`. */
export function truncatedObstacle(path: string, size: number, needed: number): Obstacle {
  return {
    code: 'truncated',
    blocking: true,
    message: `"${path}" was cut short: it has ${size} bytes, but its tables speak of ${needed}.`,
    remedy: 'Fetch the file again, or restore it from another copy.',
  };
}
