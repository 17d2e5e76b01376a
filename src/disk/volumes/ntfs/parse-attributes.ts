import { le64 } from '../../source/integers.ts';
import { parseRuns, type Run } from './parse-runs.ts';

export interface NtfsAttribute {
  readonly type: number;
  readonly name: string;
  /** The value itself, when it stands in the record. */
  readonly value?: Buffer | undefined;
  /** Where the value lies otherwise, and from which cluster of it on. */
  readonly runs?: readonly Run[] | undefined;
  readonly firstCluster: number;
  readonly size: number;
  /** Compressed or encrypted: the clusters are not the plain content. */
  readonly isEncoded: boolean;
}

const end = 0xffffffff;
const mostAttributes = 256;

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
  const name = bytes.toString('utf16le', nameStart, nameStart + nameLength);
  const isEncoded = (bytes.readUInt16LE(12) & 0x40ff) !== 0;
  if (bytes.readUInt8(8) === 0) {
    const size = bytes.readUInt32LE(16);
    const start = bytes.readUInt16LE(20);
    if (start + size > bytes.length) return undefined;
    return { type, name, value: bytes.subarray(start, start + size), firstCluster: 0, size, isEncoded };
  }
  if (bytes.length < 64) return undefined;
  const runs = parseRuns(bytes.subarray(bytes.readUInt16LE(32)));
  return { type, name, runs, firstCluster: le64(bytes, 16), size: le64(bytes, 48), isEncoded };
}
