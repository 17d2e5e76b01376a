import type { ByteReader } from '../../source/byte-reader.ts';
import { isInside } from '../../source/check-range.ts';
import { crc32cWithout } from '../../source/crc32c.ts';
import { le64 } from '../../source/integers.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';

export interface VhdxHeader {
  readonly offset: number;
  readonly sequence: bigint;
  /** Lower-case hexadecimal bytes as stored; undefined when zero, which says that the log is empty. */
  readonly logId: string | undefined;
  readonly logOffset: number;
  readonly logLength: number;
}

const headerOffsets = [64 * 1024, 128 * 1024];
const headerSize = 4096;

/** The current header: of the two copies the valid one with the higher sequence number. */
export async function chooseHeader(file: ByteReader, signal?: AbortSignal): Promise<VhdxHeader> {
  const candidates: VhdxHeader[] = [];
  let newerVersion = false;
  for (const offset of headerOffsets) {
    if (!isInside(offset, headerSize, file.size)) continue;
    const bytes = await file.read(offset, headerSize, signal);
    if (bytes.toString('latin1', 0, 4) !== 'head' || crc32cWithout(bytes, 4) !== bytes.readUInt32LE(4)) continue;
    if (bytes.readUInt16LE(66) !== 1) newerVersion = true;
    else candidates.push(parseHeader(bytes, offset));
  }
  const [first, second] = candidates;
  if (!first) {
    const problem = newerVersion ? 'has a version other than 1' : 'is damaged, and so is its copy';
    throw invalidStructure(file.path, 'VHDX header', headerOffsets[0] ?? 0, problem);
  }
  return second && second.sequence > first.sequence ? second : first;
}

function parseHeader(bytes: Buffer, offset: number): VhdxHeader {
  const logId = bytes.toString('hex', 48, 64);
  return {
    offset,
    sequence: bytes.readBigUInt64LE(8),
    logId: /^0+$/.test(logId) ? undefined : logId,
    logLength: bytes.readUInt32LE(68),
    logOffset: le64(bytes, 72),
  };
}
