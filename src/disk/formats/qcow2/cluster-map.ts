import { Fault } from '../../../errors/fault.ts';
import type { ByteReader } from '../../source/byte-reader.ts';
import { cachePages } from '../../source/cache-pages.ts';
import { isInside } from '../../source/check-range.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';
import { LeastRecentCache } from '../../source/least-recent-cache.ts';
import { readStructure } from '../../source/read-structure.ts';
import type { ImageLayout, Piece } from '../format.ts';
import { readOffset } from './describe-tables.ts';
import { inflateCluster } from './inflate-cluster.ts';
import type { Qcow2Header } from './read-header.ts';
import { subclusterRun } from './subcluster-run.ts';

/** At most this many bytes of inflated clusters are kept. */
const inflatedBytes = 4 * 1024 * 1024;

interface Tables {
  readonly file: ByteReader;
  readonly cached: ByteReader;
  readonly data: ByteReader | undefined;
  readonly header: Qcow2Header;
  readonly clusterSize: number;
  readonly inflated: LeastRecentCache<Buffer>;
}

/** Finds clusters through the two levels of tables. */
export function makeClusterMap(
  file: ByteReader,
  data: ByteReader | undefined,
  header: Qcow2Header,
): ImageLayout['locate'] {
  const clusterSize = 2 ** header.clusterBits;
  const inflated = new LeastRecentCache<Buffer>(Math.max(1, Math.floor(inflatedBytes / clusterSize)));
  const tables: Tables = { file, cached: cachePages(file), data, header, clusterSize, inflated };
  const locate: ImageLayout['locate'] = async (offset, length, signal) => {
    const within = offset % clusterSize;
    const count = Math.min(length, clusterSize - within);
    const entry = await readEntry(tables, Math.floor(offset / clusterSize), signal);
    if (!entry) return { kind: 'parent', length: count };
    const high = entry.readUInt32BE(0);
    if ((high & 0x40000000) !== 0) return await compressedPiece(tables, entry, within, count, signal);
    return plainPiece(tables, entry, within, count);
  };
  if (header.backingFile !== undefined) return locate;
  return async (offset, length, signal) => {
    const piece = await locate(offset, length, signal);
    return piece.kind === 'parent' ? { kind: 'zero', length: piece.length } : piece;
  };
}

/** The level-2 entry of a cluster, or undefined when its whole table is absent. */
async function readEntry(tables: Tables, cluster: number, signal?: AbortSignal): Promise<Buffer | undefined> {
  const { header, cached, file, clusterSize } = tables;
  const entrySize = header.subclusters ? 16 : 8;
  const perTable = clusterSize / entrySize;
  const first = await cached.read(header.tableOffset + Math.floor(cluster / perTable) * 8, 8, signal);
  const table = readOffset(first);
  if (table === 0) return undefined;
  if (table % clusterSize !== 0) {
    throw invalidStructure(file.path, 'qcow2 level-2 table', table, 'lies off a cluster boundary');
  }
  return await readStructure(
    cached,
    'qcow2 level-2 table',
    table + (cluster % perTable) * entrySize,
    entrySize,
    signal,
  );
}

function plainPiece(tables: Tables, entry: Buffer, within: number, count: number): Piece {
  const { header, file, data, clusterSize } = tables;
  const offset = readOffset(entry);
  const run = header.subclusters
    ? subclusterRun(entry, within, count, clusterSize)
    : { state: plainState(entry, header, offset), length: count };
  if (run.state === 'zero') return { kind: 'zero', length: run.length };
  if (run.state === 'parent') return { kind: 'parent', length: run.length };
  if (header.encryption !== undefined) throw encryptedFault(file.path, header.encryption);
  if (!data) {
    throw new Fault('not_found', `The external data file of "${file.path}" is missing.`, { data: { path: file.path } });
  }
  const start = offset + within;
  // The last cluster of a file may be cut short; what it lacks is zero.
  const there = Math.min(run.length, data.size - start);
  return there > 0 && offset % clusterSize === 0
    ? { kind: 'file', source: data, offset: start, length: there }
    : beyondEnd(tables, offset, within, run.length);
}

function plainState(entry: Buffer, header: Qcow2Header, offset: number): 'zero' | 'parent' | 'data' {
  if (header.version === 3 && (entry.readUInt32BE(4) & 1) !== 0) return 'zero';
  // With an external data file offset 0 is a place like any other; the "copied" bit then says that it is used.
  if (offset === 0 && (header.dataFile === undefined || (entry.readUInt32BE(0) & 0x80000000) === 0)) return 'parent';
  return 'data';
}

function beyondEnd(tables: Tables, offset: number, within: number, length: number): Piece {
  const size = tables.data?.size ?? 0;
  // Only the cluster in which the file ends can be short; with an external file any may lie past its end.
  const lastCluster = Math.ceil(size / tables.clusterSize) * tables.clusterSize;
  if (offset % tables.clusterSize === 0 && (offset < lastCluster || tables.header.dataFile !== undefined)) {
    return { kind: 'zero', length };
  }
  throw invalidStructure(tables.file.path, 'qcow2 cluster', offset, 'lies past the end of the file', { size, within });
}

async function compressedPiece(
  tables: Tables,
  entry: Buffer,
  within: number,
  count: number,
  signal?: AbortSignal,
): Promise<Piece> {
  const { file, header, clusterSize, inflated } = tables;
  if (header.encryption !== undefined) throw encryptedFault(file.path, header.encryption);
  const value = entry.readBigUInt64BE(0);
  const known = inflated.get(value.toString());
  const bytes = known ?? (await inflate(tables, value, signal));
  if (!known) inflated.set(value.toString(), bytes);
  if (bytes.length !== clusterSize) throw invalidStructure(file.path, 'compressed cluster', 0, 'is short');
  return { kind: 'bytes', bytes: bytes.subarray(within, within + count), length: count };
}

async function inflate(tables: Tables, value: bigint, signal?: AbortSignal): Promise<Buffer> {
  const { file, header, clusterSize } = tables;
  const sizeShift = BigInt(62 - (header.clusterBits - 8));
  const offset = Number(value & ((1n << sizeShift) - 1n));
  const sectors = Number((value & 0x3fffffffffffffffn) >> sizeShift) + 1;
  if (!isInside(offset, 1, file.size)) {
    throw invalidStructure(file.path, 'compressed cluster', offset, 'lies past the end of the file');
  }
  const length = Math.min(sectors * 512 - (offset % 512), file.size - offset);
  const packed = await file.read(offset, length, signal);
  return await inflateCluster(file.path, packed, offset, clusterSize, header.compression);
}

function encryptedFault(path: string, encryption: string): Fault {
  return new Fault('unsupported', `"${path}" is encrypted (${encryption}) and can not be read without its key.`, {
    remedy: 'Decrypt a copy with qemu-img convert and the key (--object secret), and use that.',
    data: { path, encryption },
  });
}
