import { le64 } from '../../source/integers.ts';
import { fileTime } from '../file-time.ts';
import { type NtfsAttribute, parseAttributes } from './parse-attributes.ts';

export interface NtfsRecord {
  readonly number: number;
  /** Goes up with each file that uses the record. */
  readonly sequence: number;
  readonly isUsed: boolean;
  readonly isFolder: boolean;
  /** The record that this one belongs to; 0 for one that stands for itself. */
  readonly base: number;
  readonly attributes: readonly NtfsAttribute[];
}

const standardInformation = 0x10;

/** A file record after its fixups were undone. */
export function parseRecord(bytes: Buffer, number: number): NtfsRecord {
  const flags = bytes.readUInt16LE(22);
  return {
    number,
    sequence: bytes.readUInt16LE(16),
    isUsed: (flags & 1) !== 0,
    isFolder: (flags & 2) !== 0,
    base: le64(bytes, 32) % 2 ** 48,
    attributes: parseAttributes(bytes),
  };
}

/** When the content was last written. */
export function modifiedTime({ attributes }: NtfsRecord): Date | undefined {
  const value = attributes.find(({ type }) => type === standardInformation)?.value;
  // Counted from the year 1601, in units of 100 ns.
  return value && value.length >= 16 ? fileTime(le64(value, 8) / 10_000 - 11_644_473_600_000) : undefined;
}
