import { Fault } from '../../../errors/fault.ts';
import type { ImageFormat } from '../../../model/image.ts';
import type { ByteReader } from '../../source/byte-reader.ts';
import { checkRange, isInside } from '../../source/check-range.ts';
import { be64, roundUp } from '../../source/integers.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';
import { readStructure } from '../../source/read-structure.ts';
import { largestDisk } from '../largest-disk.ts';
import { type HeaderExtensions, readExtensions } from './read-extensions.ts';

export interface Qcow2Header {
  readonly version: 2 | 3;
  readonly virtualSize: number;
  readonly clusterBits: number;
  readonly tableOffset: number;
  readonly tableEntries: number;
  readonly backingFile: string | undefined;
  readonly backingFormat: ImageFormat | undefined;
  readonly encryption: string | undefined;
  readonly corrupt: boolean;
  readonly compression: 'zlib' | 'zstd';
  /** Level-2 entries of 16 bytes, each with a bit map of 32 subclusters. */
  readonly subclusters: boolean;
  /** The file that holds the data; undefined when this one does, '' when its name is not recorded. */
  readonly dataFile: string | undefined;
}

const feature = { corrupt: 2, externalData: 4, compression: 8, subclusters: 16 };
const knownFeatures = 31;
const encryptions: Readonly<Record<number, string>> = { 1: 'AES', 2: 'LUKS' };

/** The header with everything in it checked, save for what the tables point to. */
export async function readQcow2Header(file: ByteReader, signal?: AbortSignal): Promise<Qcow2Header> {
  const start = await readStructure(file, 'qcow2 header', 0, 72, signal);
  const fail = (problem: string, facts = {}) => invalidStructure(file.path, 'qcow2 header', 0, problem, facts);
  if (start.toString('latin1', 0, 4) !== 'QFI\xfb') throw fail('does not begin with "QFI"');
  const version = start.readUInt32BE(4);
  if (version !== 2 && version !== 3) {
    throw new Fault('unsupported', `"${file.path}" is of qcow version ${version}; versions 2 and 3 can be read.`, {
      remedy: `Convert it: qemu-img convert -O qcow2 IMAGE NEW`,
      data: { path: file.path, structure: 'qcow2 header', offset: 4, version },
    });
  }
  const clusterBits = start.readUInt32BE(20);
  if (clusterBits < 9 || clusterBits > 21) throw fail('gives an impossible cluster size', { clusterBits });
  const rest = version === 3 ? await readStructure(file, 'qcow2 header', 72, 40, signal) : Buffer.alloc(40);
  const features = checkFeatures(file, rest);
  const headerLength = version === 3 ? rest.readUInt32BE(28) : 72;
  if (headerLength < 72 || headerLength > 2 ** clusterBits)
    throw fail('gives an impossible length of itself', { headerLength });
  const extensions = await readExtensions(file, headerLength, 2 ** clusterBits, signal);
  return {
    version,
    clusterBits,
    ...checkSizes(file, start, clusterBits, (features & feature.subclusters) !== 0),
    backingFile: await readBackingName(file, start, signal),
    backingFormat: extensions.backingFormat,
    encryption: encryptionOf(file, start.readUInt32BE(32)),
    corrupt: (features & feature.corrupt) !== 0,
    compression: compressionOf(file, features, headerLength, rest),
    subclusters: (features & feature.subclusters) !== 0,
    dataFile: dataFileOf(features, extensions),
  };
}

function checkFeatures(file: ByteReader, rest: Buffer): number {
  const low = rest.readUInt32BE(4);
  if (rest.readUInt32BE(0) !== 0 || (low & ~knownFeatures) !== 0) {
    throw new Fault('unsupported', `"${file.path}" uses a qcow2 feature that is not known here.`, {
      remedy: 'Convert it with the program that made it, to raw or to qcow2 without that feature.',
      data: { path: file.path, structure: 'qcow2 header', offset: 72, features: rest.toString('hex', 0, 8) },
    });
  }
  return low;
}

function checkSizes(file: ByteReader, start: Buffer, clusterBits: number, subclusters: boolean) {
  const fail = (problem: string, facts = {}) => invalidStructure(file.path, 'qcow2 header', 0, problem, facts);
  const virtualSize = roundUp(be64(start, 24), 512);
  if (virtualSize > largestDisk) throw fail('gives an impossible disk size', { virtualSize });
  const tableEntries = start.readUInt32BE(36);
  const tableOffset = be64(start, 40);
  const perTable = 2 ** (clusterBits - (subclusters ? 4 : 3));
  const needed = Math.ceil(virtualSize / (perTable * 2 ** clusterBits));
  if (tableEntries < needed) throw fail('has too few table entries for the disk', { tableEntries, needed });
  if (tableOffset % 2 ** clusterBits !== 0) throw fail('places the table off a cluster boundary', { tableOffset });
  checkRange(file, 'qcow2 level-1 table', tableOffset, needed * 8);
  return { virtualSize, tableOffset, tableEntries };
}

async function readBackingName(file: ByteReader, start: Buffer, signal?: AbortSignal): Promise<string | undefined> {
  const offset = be64(start, 8);
  const length = start.readUInt32BE(16);
  if (offset === 0) return undefined;
  if (length === 0 || length > 1023 || !isInside(offset, length, file.size)) {
    throw invalidStructure(file.path, 'qcow2 backing file name', offset, 'is impossible', { length });
  }
  return (await file.read(offset, length, signal)).toString('utf8');
}

function encryptionOf(file: ByteReader, method: number): string | undefined {
  if (method === 0) return undefined;
  const name = encryptions[method];
  if (name === undefined)
    throw invalidStructure(file.path, 'qcow2 header', 32, `names the unknown encryption ${method}`);
  return name;
}

function compressionOf(file: ByteReader, features: number, headerLength: number, rest: Buffer): 'zlib' | 'zstd' {
  const method = (features & feature.compression) !== 0 && headerLength > 104 ? rest.readUInt8(32) : 0;
  if (method > 1) throw invalidStructure(file.path, 'qcow2 header', 104, `names the unknown compression ${method}`);
  return method === 1 ? 'zstd' : 'zlib';
}

function dataFileOf(features: number, extensions: HeaderExtensions): string | undefined {
  return (features & feature.externalData) !== 0 ? (extensions.dataFile ?? '') : undefined;
}
