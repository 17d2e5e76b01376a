import type { ByteReader } from '../source/byte-reader.ts';
import { isInside } from '../source/check-range.ts';
import { crc32cWithout } from '../source/crc32c.ts';
import { le64 } from '../source/integers.ts';
import { invalidStructure } from '../source/invalid-structure.ts';
import { readGuid } from '../source/read-guid.ts';

export interface VhdxHeader {
  readonly offset: number;
  readonly sequence: bigint;
  readonly version: number;
  /** Changes whenever the content of the virtual disk does; a child knows its parent by it. */
  readonly dataWriteId: string;
  /** Lower-case hexadecimal bytes as stored; undefined when zero, which says that the log is empty. */
  readonly logId: string | undefined;
  readonly logVersion: number;
  readonly logOffset: number;
  readonly logLength: number;
}

export const headerOffsets = [64 * 1024, 128 * 1024] as const;
export const headerSize = 4096;

/** What one of the two places for a header holds. */
export type FoundHeader = VhdxHeader | { readonly offset: number; readonly problem: string };

/** The current header: of the two copies the valid one with the higher sequence number. */
export async function chooseHeader(file: ByteReader, signal?: AbortSignal): Promise<VhdxHeader> {
  const found = await Promise.all(headerOffsets.map(offset => readHeader(file, offset, signal)));
  const [first, second] = found.filter(header => 'sequence' in header);
  const fail = (problem: string, offset: number = headerOffsets[0]) =>
    invalidStructure(file.path, 'VHDX header', offset, problem);
  if (!first) throw fail('is damaged, and so is its copy');
  if (second && second.sequence === first.sequence && !isSame(first, second)) {
    throw fail('has the same number as its copy and differs from it, so that none of them counts');
  }
  const current = second && second.sequence > first.sequence ? second : first;
  if (current.version !== 1) throw fail(`has the version ${current.version}, and only 1 is known`, current.offset);
  return current;
}

function isSame(one: VhdxHeader, other: VhdxHeader): boolean {
  return (['version', 'dataWriteId', 'logId', 'logVersion', 'logLength', 'logOffset'] as const).every(
    field => one[field] === other[field],
  );
}

/** The header at one place, or what is wrong with it. */
export async function readHeader(file: ByteReader, offset: number, signal?: AbortSignal): Promise<FoundHeader> {
  if (!isInside(offset, headerSize, file.size)) return { offset, problem: 'lies past the end of the file' };
  const bytes = await file.read(offset, headerSize, signal);
  if (bytes.toString('latin1', 0, 4) !== 'head') return { offset, problem: 'does not begin with "head"' };
  if (crc32cWithout(bytes, 4) !== bytes.readUInt32LE(4)) return { offset, problem: 'has a wrong checksum' };
  const logId = bytes.toString('hex', 48, 64);
  return {
    offset,
    sequence: bytes.readBigUInt64LE(8),
    version: bytes.readUInt16LE(66),
    dataWriteId: readGuid(bytes, 32),
    logId: /^0+$/.test(logId) ? undefined : logId,
    logVersion: bytes.readUInt16LE(64),
    logLength: bytes.readUInt32LE(68),
    logOffset: le64(bytes, 72),
  };
}
