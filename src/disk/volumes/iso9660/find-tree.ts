import type { ByteReader } from '../../source/byte-reader.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';
import { readStructure } from '../../source/read-structure.ts';
import { type IsoRecord, parseRecord, sector } from './parse-record.ts';
import { findRockRidge } from './rock-ridge.ts';

/** The tree of folders whose names are the best that the disc has. */
export interface IsoTree {
  readonly root: IsoRecord;
  readonly names: 'plain' | 'joliet' | 'rock ridge';
  /** Bytes before the entries of Rock Ridge. */
  readonly skip: number;
  /** The disc has a UDF file system as well. */
  readonly hasUdf: boolean;
}

const mostDescriptors = 64;

/** Rock Ridge keeps long names, links and times; Joliet long names; the plain tree has capitals only. */
export async function findTree(volume: ByteReader, signal?: AbortSignal): Promise<IsoTree> {
  let primary: IsoRecord | undefined;
  let joliet: IsoRecord | undefined;
  let hasUdf = false;
  for (let index = 0; index < mostDescriptors; index++) {
    const offset = (16 + index) * sector;
    if (offset + sector > volume.size) break;
    const bytes = await readStructure(volume, 'ISO 9660 volume descriptor', offset, sector, signal);
    const mark = bytes.toString('latin1', 1, 6);
    if (mark === 'NSR02' || mark === 'NSR03') hasUdf = true;
    // The descriptors of UDF follow those of ISO 9660.
    if (!['CD001', 'BEA01', 'NSR02', 'NSR03', 'TEA01'].includes(mark)) break;
    if (mark !== 'CD001') continue;
    const root = parseRecord(bytes.subarray(156, 190));
    if (bytes.readUInt8(0) === 1) primary ??= root;
    // The escape sequences %/@, %/C and %/E say that the names are UCS-2.
    const isJoliet = bytes.readUInt8(0) === 2 && /^%\/[@CE]/.test(bytes.toString('latin1', 88, 91));
    if (isJoliet) joliet ??= root;
  }
  const skip = primary && (await readSkip(volume, primary, signal));
  if (primary && skip !== undefined) return { root: primary, names: 'rock ridge', skip, hasUdf };
  if (joliet) return { root: joliet, names: 'joliet', skip: 0, hasUdf };
  if (primary) return { root: primary, names: 'plain', skip: 0, hasUdf };
  throw invalidStructure(volume.path, 'ISO 9660 volume descriptor', 16 * sector, 'is missing');
}

async function readSkip(volume: ByteReader, root: IsoRecord, signal?: AbortSignal): Promise<number | undefined> {
  if (root.size < sector) return undefined;
  const bytes = await readStructure(volume, 'ISO 9660 root folder', root.start, sector, signal);
  const self = parseRecord(bytes.subarray(0, bytes.readUInt8(0)));
  return self && findRockRidge(self.systemUse);
}
