import type { ByteReader } from '../source/byte-reader.ts';
import { cachePages } from '../source/cache-pages.ts';
import { invalidStructure } from '../source/invalid-structure.ts';
import { readStructure } from '../source/read-structure.ts';
import type { FileSystem } from './file-system.ts';
import { makeFolderWalk } from './folder-walk.ts';

interface IsoEntry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly start: number;
  readonly size: number;
}

const sector = 2048;
const longestFolder = 1024 * 1024;
const mostDescriptors = 32;

/** Opens ISO 9660, by the names of its Joliet tree where there is one; names are compared without regard to case. */
export async function openIso9660(volume: ByteReader, signal?: AbortSignal): Promise<FileSystem> {
  const cached = cachePages(volume);
  const { root, isJoliet } = await findRoot(cached, signal);
  const readFolder = async (entry: IsoEntry, stop?: AbortSignal) => {
    const length = Math.min(entry.size, longestFolder);
    return parseFolder(await readStructure(cached, 'ISO 9660 folder', entry.start, length, stop), isJoliet);
  };
  const { find, list } = makeFolderWalk<IsoEntry>(root, entry => entry.start, readFolder);
  return {
    list,
    async readFile(path, most, stop) {
      const entry = await find(path, stop);
      if (!entry || entry.isFolder) return undefined;
      return await readStructure(cached, 'ISO 9660 file', entry.start, Math.min(entry.size, most), stop);
    },
  };
}

async function findRoot(volume: ByteReader, signal?: AbortSignal): Promise<{ root: IsoEntry; isJoliet: boolean }> {
  let primary: IsoEntry | undefined;
  for (let index = 0; index < mostDescriptors; index++) {
    const offset = (16 + index) * sector;
    const bytes = await readStructure(volume, 'ISO 9660 volume descriptor', offset, sector, signal);
    if (bytes.toString('latin1', 1, 6) !== 'CD001' || bytes.readUInt8(0) === 255) break;
    const root = parseRecord(bytes.subarray(156, 190), false);
    if (bytes.readUInt8(0) === 1) primary ??= root;
    // The escape sequences %/@, %/C and %/E say that the names are UCS-2.
    const isJoliet = bytes.readUInt8(0) === 2 && /^%\/[@CE]/.test(bytes.toString('latin1', 88, 91));
    if (isJoliet && root) return { root, isJoliet };
  }
  if (!primary) throw invalidStructure(volume.path, 'ISO 9660 volume descriptor', 16 * sector, 'is missing');
  return { root: primary, isJoliet: false };
}

function parseFolder(bytes: Buffer, isJoliet: boolean): IsoEntry[] {
  const entries: IsoEntry[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt8(at);
    // Records do not cross sectors: the rest of one is filled with zeros.
    if (length === 0) at = (Math.floor(at / sector) + 1) * sector;
    else {
      const entry = parseRecord(bytes.subarray(at, at + length), isJoliet);
      if (entry && entry.name !== '\0' && entry.name !== '\x01') entries.push(entry);
      at += length;
    }
  }
  return entries;
}

function parseRecord(record: Buffer, isJoliet: boolean): IsoEntry | undefined {
  if (record.length < 34) return undefined;
  const nameLength = record.readUInt8(32);
  if (33 + nameLength > record.length) return undefined;
  const rawName = record.subarray(33, 33 + nameLength);
  const text =
    isJoliet && nameLength > 1
      ? Buffer.from(rawName.subarray(0, nameLength & ~1))
          .swap16()
          .toString('utf16le')
      : rawName.toString('latin1');
  return {
    // "README.TXT;1" is version 1 of a file; a name without extension keeps its dot.
    name: isJoliet
      ? text.replace(/;\d+$/, '')
      : (rockRidgeName(record, 33 + nameLength) ?? text.replace(/;\d+$/, '').replace(/\.$/, '')),
    isFolder: (record.readUInt8(25) & 2) !== 0,
    start: (record.readUInt32LE(2) + record.readUInt8(1)) * sector,
    size: record.readUInt32LE(10),
  };
}

/** The POSIX name that Rock Ridge keeps in the entry "NM" behind the plain name. */
function rockRidgeName(record: Buffer, after: number): string | undefined {
  let at = after + (after % 2);
  let name: string | undefined;
  while (at + 5 <= record.length) {
    const length = record.readUInt8(at + 2);
    if (length < 4 || at + length > record.length) break;
    if (record.toString('latin1', at, at + 2) === 'NM')
      name = (name ?? '') + record.toString('utf8', at + 5, at + length);
    at += length;
  }
  return name;
}
