import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import type { ByteReader } from '../../source/byte-reader.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';
import { LeastRecentCache } from '../../source/least-recent-cache.ts';
import { readStructure } from '../../source/read-structure.ts';
import type { ImageLayout } from '../format.ts';

const inflateAsync = promisify(inflate);
const inflatedBytes = 4 * 1024 * 1024;

export interface GrainMap {
  readonly directoryOffset: number;
  readonly entriesPerTable: number;
  readonly grainSize: number;
  readonly capacity: number;
  readonly zeroGrains: boolean;
  readonly compressed: boolean;
  /** Each compressed grain begins with its sector (8 bytes) and its length (4). */
  readonly markers: boolean;
  /** Extents that have to get by with one budget of memory. */
  readonly sharers: number;
}

/** Finds grains through directory and tables; both count in sectors of 512 bytes, and 0 means "not here". */
export function locateGrain(file: ByteReader, cached: ByteReader, map: GrainMap): ImageLayout['locate'] {
  const inflated = new LeastRecentCache<Buffer>(Math.max(1, Math.floor(inflatedBytes / map.grainSize / map.sharers)));
  return async (offset, length, signal) => {
    const grain = Math.floor(offset / map.grainSize);
    const within = offset - grain * map.grainSize;
    const count = Math.min(length, map.grainSize - within);
    const sector = await grainSector(cached, map, grain, signal);
    if (sector === 0) return { kind: 'parent', length: count };
    if (sector === 1 && map.zeroGrains) return { kind: 'zero', length: count };
    const start = sector * 512;
    if (!map.compressed) return { kind: 'file', source: file, offset: start + within, length: count };
    const bytes = inflated.get(start) ?? (await inflateGrain(file, map, grain, start, signal));
    inflated.set(start, bytes);
    return { kind: 'bytes', bytes: bytes.subarray(within, within + count), length: count };
  };
}

async function grainSector(cached: ByteReader, map: GrainMap, grain: number, signal?: AbortSignal): Promise<number> {
  const table = Math.floor(grain / map.entriesPerTable);
  const entry = await readStructure(cached, 'VMDK grain directory', map.directoryOffset + table * 4, 4, signal);
  const tableOffset = entry.readUInt32LE(0) * 512;
  if (tableOffset === 0) return 0;
  const place = tableOffset + (grain % map.entriesPerTable) * 4;
  return (await readStructure(cached, 'VMDK grain table', place, 4, signal)).readUInt32LE(0);
}

async function inflateGrain(
  file: ByteReader,
  map: GrainMap,
  grain: number,
  start: number,
  signal?: AbortSignal,
): Promise<Buffer> {
  const fail = (problem: string, facts = {}) => invalidStructure(file.path, 'compressed grain', start, problem, facts);
  const head = map.markers ? 12 : 0;
  let length = Math.min(map.grainSize * 2, file.size - start);
  if (map.markers) {
    const marker = await readStructure(file, 'compressed grain', start, 12, signal);
    length = marker.readUInt32LE(8);
    if (length === 0 || length > map.grainSize * 2) throw fail('has an impossible length', { length });
  }
  const packed = await readStructure(file, 'compressed grain', start + head, length, signal);
  let bytes: Buffer;
  try {
    bytes = await inflateAsync(packed, { maxOutputLength: map.grainSize });
  } catch (error) {
    throw Object.assign(fail('can not be decompressed'), { cause: error });
  }
  // The last grain of a disk may be short.
  const needed = Math.min(map.grainSize, map.capacity - grain * map.grainSize);
  if (bytes.length < needed) throw fail('is too short when decompressed', { length: bytes.length, needed });
  return bytes;
}
