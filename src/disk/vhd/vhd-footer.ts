import type { Obstacle } from '../../model/image.ts';
import { largestDisk } from '../formats/largest-disk.ts';
import type { ByteReader } from '../source/byte-reader.ts';
import { isInside } from '../source/check-range.ts';
import { be64 } from '../source/integers.ts';
import { invalidStructure } from '../source/invalid-structure.ts';

export interface VhdFooter {
  readonly offset: number;
  readonly type: 'fixed' | 'dynamic' | 'differencing';
  readonly virtualSize: number;
  /** Unique id; a child knows its parent by it. */
  readonly id: string;
  /** Where the header of a dynamic or differencing disk lies. */
  readonly headerOffset: number;
}

export interface FoundFooter {
  readonly footer: VhdFooter;
  /** Where the data of a fixed disk ends. */
  readonly dataEnd: number;
  readonly obstacles: readonly Obstacle[];
}

const types = { 2: 'fixed', 3: 'dynamic', 4: 'differencing' } as const;
// These programs derive the size from the geometry; all others mean the size field. At the geometry's maximum the field counts.
const geometryCreators = new Set(['vpc ', 'vs  ', 'qemu']);
const largestGeometry = 65535 * 16 * 255;

/** Whether 512 bytes look like a VHD footer. */
export function isVhdFooter(bytes: Buffer): boolean {
  return bytes.toString('latin1', 0, 8) === 'conectix';
}

/** The footer at the end of the file, else its copy at the start; which one was damaged is told in an obstacle. */
export async function findVhdFooter(file: ByteReader, signal?: AbortSignal): Promise<FoundFooter> {
  // Virtual PC before 2004 wrote footers of 511 bytes.
  for (const size of [512, 511]) {
    const offset = file.size - size;
    if (!isInside(offset, size, file.size)) continue;
    const bytes = Buffer.concat([await file.read(offset, size, signal), Buffer.alloc(512 - size)]);
    if (isVhdFooter(bytes) && hasChecksum(bytes)) {
      return { footer: parseFooter(file, bytes, offset), dataEnd: offset, obstacles: [] };
    }
  }
  const copy = isInside(0, 512, file.size) ? await file.read(0, 512, signal) : Buffer.alloc(512);
  if (!isVhdFooter(copy) || !hasChecksum(copy)) {
    throw invalidStructure(file.path, 'VHD footer', Math.max(0, file.size - 512), 'is missing or has a wrong checksum');
  }
  const footer = parseFooter(file, copy, 0);
  if (footer.type === 'fixed') {
    throw invalidStructure(file.path, 'VHD footer', 0, 'is that of a fixed disk, but does not stand at the end');
  }
  return { footer, dataEnd: file.size, obstacles: [lostFooter(file.path)] };
}

function lostFooter(path: string): Obstacle {
  return {
    code: 'truncated',
    blocking: false,
    message: `"${path}" has no valid footer at its end; its copy at the start was used. The file may have been cut short.`,
    remedy: 'Compare the size of the file with that of the original, or fetch it again.',
  };
}

/** A UUID whose bytes stand in the order in which it is written. */
export function readUuid(bytes: Buffer, offset: number): string {
  const hex = bytes.toString('hex', offset, offset + 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Whether the sum in a footer is right. */
export function hasChecksum(bytes: Buffer): boolean {
  let sum = 0;
  for (let at = 0; at < 512; at++) if (at < 64 || at >= 68) sum += bytes[at] ?? 0;
  return ~sum >>> 0 === bytes.readUInt32BE(64);
}

function parseFooter(file: ByteReader, bytes: Buffer, offset: number): VhdFooter {
  const rawType = bytes.readUInt32BE(60);
  const type = rawType === 2 || rawType === 3 || rawType === 4 ? types[rawType] : undefined;
  if (!type) throw invalidStructure(file.path, 'VHD footer', offset, `has the unknown disk type ${rawType}`);
  const virtualSize = diskSize(bytes);
  if (virtualSize === 0 || virtualSize > largestDisk || virtualSize % 512 !== 0) {
    throw invalidStructure(file.path, 'VHD footer', offset, 'gives an impossible disk size', { virtualSize });
  }
  return { offset, type, virtualSize, id: readUuid(bytes, 68), headerOffset: be64(bytes, 16) };
}

function diskSize(bytes: Buffer): number {
  const field = be64(bytes, 48);
  const geometry = bytes.readUInt16BE(56) * bytes.readUInt8(58) * bytes.readUInt8(59);
  const byGeometry = geometryCreators.has(bytes.toString('latin1', 28, 32));
  return byGeometry && geometry > 0 && geometry < largestGeometry ? geometry * 512 : field;
}
