import { le64 } from '../source/integers.ts';

/** Bytes in which the log counts. */
export const logSector = 4096;
/** More descriptors than this are refused: a log of 1 MiB has room for a quarter of them, and they would only fill memory. */
export const mostDescriptors = 2 ** 17;
const headerSize = 64;
const descriptorSize = 32;

/** The header of a log entry that has not been summed yet. Places are bytes from the beginning of the log. */
export interface LogEntryHead {
  readonly at: number;
  readonly length: number;
  readonly checksum: number;
  /** Where the oldest entry begins that must be replayed before this one. */
  readonly tail: number;
  readonly sequence: bigint;
  readonly descriptors: number;
  /** Bytes at the beginning that hold header and descriptors. */
  readonly tableLength: number;
  /** The file was at least so large when the entry was written, and all its blocks fit into so much. */
  readonly flushedSize: number;
  readonly lastSize: number;
}

/** The entry that begins with these bytes, or undefined when they begin none of this log. */
export function parseEntryHead(bytes: Buffer, at: number, logId: string, logLength: number): LogEntryHead | undefined {
  if (bytes.toString('latin1', 0, 4) !== 'loge' || bytes.toString('hex', 32, 48) !== logId) return undefined;
  const length = bytes.readUInt32LE(8);
  const descriptors = bytes.readUInt32LE(24);
  // The first sector has room for 126 descriptors behind the header, each further one for 128.
  const tableLength = Math.ceil((headerSize + descriptors * descriptorSize) / logSector) * logSector;
  const head: LogEntryHead = {
    at,
    length,
    checksum: bytes.readUInt32LE(4),
    tail: bytes.readUInt32LE(12),
    sequence: bytes.readBigUInt64LE(16),
    descriptors,
    tableLength,
    flushedSize: le64(bytes, 48),
    lastSize: le64(bytes, 56),
  };
  const possible =
    length >= logSector &&
    length % logSector === 0 &&
    length <= logLength &&
    head.tail % logSector === 0 &&
    head.tail < logLength &&
    head.sequence > 0n &&
    tableLength <= length;
  return possible ? head : undefined;
}

/** What one descriptor says: a sector of 4096 bytes for a place in the file, or a stretch of zeros. */
export type LogChange =
  | { readonly kind: 'data'; readonly offset: number; readonly leading: Buffer; readonly trailing: Buffer }
  | { readonly kind: 'zero'; readonly offset: number; readonly length: number };

/** Descriptor number `index` of an entry whose header and descriptors are `table`; undefined when it is not a valid one. */
export function parseChange(table: Buffer, index: number, sequence: bigint): LogChange | undefined {
  const at = headerSize + index * descriptorSize;
  const offset = le64(table, at + 16);
  if (table.readBigUInt64LE(at + 24) !== sequence || offset % logSector !== 0) return undefined;
  switch (table.toString('latin1', at, at + 4)) {
    case 'desc':
      return {
        kind: 'data',
        offset,
        leading: table.subarray(at + 8, at + 16),
        trailing: table.subarray(at + 4, at + 8),
      };
    case 'zero': {
      const length = le64(table, at + 8);
      return length % logSector === 0 ? { kind: 'zero', offset, length } : undefined;
    }
    default:
      return undefined;
  }
}

/** Whether these 4096 bytes are a data sector of the entry with this sequence number. */
export function isDataSector(bytes: Buffer, sequence: bigint): boolean {
  return (
    bytes.toString('latin1', 0, 4) === 'data' &&
    bytes.readUInt32LE(4) === Number(sequence >> 32n) &&
    bytes.readUInt32LE(logSector - 4) === Number(sequence & 0xffffffffn)
  );
}
