import type { ByteReader } from '../../source/byte-reader.ts';
import { checkRange } from '../../source/check-range.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';
import { LeastRecentCache } from '../../source/least-recent-cache.ts';
import { readStructure } from '../../source/read-structure.ts';
import type { FileContent } from '../file-system.ts';
import { decompressLznt1 } from './decompress-lznt1.ts';
import type { Run } from './parse-runs.ts';
import type { RunList } from './run-list.ts';

export interface CompressedValue {
  readonly size: number;
  readonly written: number;
  readonly unitClusters: number;
  readonly clusterSize: number;
  readonly runs: RunList;
}

/** Units that were unpacked, kept for whoever reads a few bytes at a time. */
const keptUnits = 4;

/** The content of a compressed value: unit after unit, each of which is compressed, plain or a hole. */
export function compressedContent(volume: ByteReader, value: CompressedValue): FileContent {
  const { size, clusterSize, unitClusters } = value;
  const unitSize = unitClusters * clusterSize;
  if (!Number.isSafeInteger(size)) throw invalidStructure(volume.path, 'NTFS attribute', 0, 'has an impossible size');
  const written = Math.min(value.written, size);
  const kept = new LeastRecentCache<Buffer>(keptUnits);
  const readUnit = async (unit: number, signal?: AbortSignal): Promise<Buffer> => {
    const known = kept.get(unit);
    if (known) return known;
    const bytes = await unpackUnit(volume, value, unit, signal);
    kept.set(unit, bytes);
    return bytes;
  };
  const content: FileContent = {
    path: volume.path,
    size,
    mayHaveHoles: true,
    // A unit takes at least one cluster.
    mostData: volume.size * unitClusters,
    async stretch(offset) {
      checkRange(content, 'file content', offset, 1);
      if (offset >= written) return { isHole: true, length: size - offset };
      const run = value.runs.find(Math.floor(offset / unitSize) * unitClusters);
      const isHole = run.start === undefined && run.clusters >= unitClusters;
      const units = isHole ? Math.floor(run.clusters / unitClusters) : 1;
      const end = (Math.floor(offset / unitSize) + units) * unitSize;
      return { isHole, length: Math.min(end, written) - offset };
    },
    async read(offset, length, signal) {
      checkRange(content, 'file content', offset, length);
      const bytes = Buffer.alloc(length);
      const end = Math.min(offset + length, written);
      for (let at = offset; at < end; ) {
        const within = at % unitSize;
        const count = Math.min(unitSize - within, end - at);
        const unit = await readUnit(Math.floor(at / unitSize), signal);
        unit.copy(bytes, at - offset, within, within + count);
        at += count;
      }
      return bytes;
    },
  };
  return content;
}

async function unpackUnit(
  volume: ByteReader,
  { runs, unitClusters, clusterSize }: CompressedValue,
  unit: number,
  signal?: AbortSignal,
): Promise<Buffer> {
  const parts: Buffer[] = [];
  let clusters = 0;
  for (let run = runs.find(unit * unitClusters); run.start !== undefined; ) {
    const count = Math.min(run.clusters, unitClusters - clusters);
    parts.push(await readStructure(volume, 'NTFS cluster run', run.start * clusterSize, count * clusterSize, signal));
    clusters += count;
    if (clusters === unitClusters) break;
    run = runs.find(unit * unitClusters + clusters) satisfies Run;
  }
  const bytes = Buffer.concat(parts);
  // A unit that could not be made smaller is stored as it is; one without any clusters is a hole.
  if (clusters === unitClusters) return bytes;
  const unpacked = decompressLznt1(bytes, unitClusters * clusterSize);
  if (unpacked) return unpacked;
  throw invalidStructure(volume.path, 'NTFS compressed unit', 0, 'can not be unpacked', { unit });
}
