import type { ByteReader } from '../../source/byte-reader.ts';
import { readStructure } from '../../source/read-structure.ts';
import type { Run } from './parse-runs.ts';

/** `length` bytes from `offset` on of a value that lies in runs of clusters; holes and what is past the runs are zero. */
export async function readRuns(
  volume: ByteReader,
  runs: readonly Run[],
  clusterSize: number,
  offset: number,
  length: number,
  signal?: AbortSignal,
): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let start = 0;
  for (const run of runs) {
    const size = run.clusters * clusterSize;
    const from = Math.max(offset, start);
    const to = Math.min(offset + length, start + size);
    if (from < to && run.start !== undefined) {
      const place = run.start * clusterSize + from - start;
      (await readStructure(volume, 'NTFS cluster run', place, to - from, signal)).copy(bytes, from - offset);
    }
    start += size;
    if (start >= offset + length) break;
  }
  return bytes;
}
