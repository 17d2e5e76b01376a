import type { ByteReader } from '../../source/byte-reader.ts';
import type { TableTree } from '../truncated-tree.ts';
import type { Qcow2Header } from './read-header.ts';

/** The level-1 and level-2 tables, to see whether what they name is in the file. */
export function describeClusterTables(file: ByteReader, header: Qcow2Header): TableTree {
  const clusterSize = 2 ** header.clusterBits;
  return {
    reader: file,
    start: header.tableOffset,
    length: Math.min(header.tableEntries * 8, file.size - header.tableOffset),
    lowerLength: clusterSize,
    blockSize: clusterSize,
    lowerStarts: listTableStarts,
    blockStarts: lower => listClusterStarts(lower, header),
  };
}

/** Bits 9 to 55 of an entry that begins at `at`. */
export function readOffset(table: Buffer, at = 0): number {
  return (table.readUInt32BE(at) & 0x00ffffff) * 0x1_0000_0000 + ((table.readUInt32BE(at + 4) & ~511) >>> 0);
}

function* listTableStarts(upper: Buffer): Iterable<number> {
  for (let at = 0; at + 8 <= upper.length; at += 8) {
    const start = readOffset(upper, at);
    if (start > 0) yield start;
  }
}

function* listClusterStarts(lower: Buffer, header: Qcow2Header): Iterable<number> {
  // In an external data file any cluster may lie past the end.
  if (header.dataFile !== undefined) return;
  const compressedMask = (1n << BigInt(62 - (header.clusterBits - 8))) - 1n;
  for (let at = 0; at + 8 <= lower.length; at += header.subclusters ? 16 : 8) {
    const isCompressed = (lower.readUInt32BE(at) & 0x40000000) !== 0;
    // A cluster of zeros may have a place that was never written.
    const isZero = !isCompressed && !header.subclusters && (lower.readUInt32BE(at + 4) & 1) !== 0;
    const start = isCompressed ? Number(lower.readBigUInt64BE(at) & compressedMask) : readOffset(lower, at);
    if (start > 0 && !isZero) yield start;
  }
}
