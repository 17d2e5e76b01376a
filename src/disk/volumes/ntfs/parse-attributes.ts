import { le64 } from '../../source/integers.ts';

export interface NtfsAttribute {
  readonly type: number;
  readonly name: string;
  /** The value itself, when it stands in the record. */
  readonly value?: Buffer | undefined;
  /** The list of runs otherwise, and the clusters of the value that it is about. */
  readonly runs?: Buffer | undefined;
  readonly firstCluster: number;
  /** One past the last. */
  readonly endCluster: number;
  /** Bytes; in the first part of a value that is spread over several records. */
  readonly size: number;
  /** Bytes that were written; behind them stand zeros. */
  readonly written: number;
  /** Clusters that were compressed together; 0 for content that is not compressed. */
  readonly unitClusters: number;
  readonly isEncrypted: boolean;
}

const end = 0xffffffff;
const mostAttributes = 256;
const flag = { compressed: 0xff, encrypted: 0x4000 };
const largestUnit = 8;

/** The attributes in a file record; stops at the first that is damaged. */
export function parseAttributes(record: Buffer): NtfsAttribute[] {
  const attributes: NtfsAttribute[] = [];
  let at = record.readUInt16LE(20);
  while (at + 24 <= record.length && attributes.length < mostAttributes) {
    const type = record.readUInt32LE(at);
    const length = record.readUInt32LE(at + 4);
    if (type === end || length < 24 || at + length > record.length) break;
    const attribute = parseAttribute(record.subarray(at, at + length), type);
    if (attribute) attributes.push(attribute);
    at += length;
  }
  return attributes;
}

function parseAttribute(bytes: Buffer, type: number): NtfsAttribute | undefined {
  const nameLength = bytes.readUInt8(9) * 2;
  const nameStart = bytes.readUInt16LE(10);
  if (nameStart + nameLength > bytes.length) return undefined;
  const flags = bytes.readUInt16LE(12);
  const base = {
    type,
    name: bytes.toString('utf16le', nameStart, nameStart + nameLength),
    isEncrypted: (flags & flag.encrypted) !== 0,
  };
  if (bytes.readUInt8(8) === 0) {
    const size = bytes.readUInt32LE(16);
    const start = bytes.readUInt16LE(20);
    if (start + size > bytes.length) return undefined;
    const value = bytes.subarray(start, start + size);
    return { ...base, value, firstCluster: 0, endCluster: 0, size, written: size, unitClusters: 0 };
  }
  if (bytes.length < 64) return undefined;
  // The exponent of a power of two; what is sparse only may have one as well.
  const unit = bytes.readUInt16LE(34);
  const isCompressed = (flags & flag.compressed) !== 0 && unit > 0 && unit <= largestUnit;
  return {
    ...base,
    runs: bytes.subarray(bytes.readUInt16LE(32)),
    firstCluster: le64(bytes, 16),
    endCluster: le64(bytes, 24) + 1,
    size: le64(bytes, 48),
    written: le64(bytes, 56),
    unitClusters: isCompressed ? 2 ** unit : 0,
  };
}
