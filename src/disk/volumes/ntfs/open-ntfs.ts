import { Fault } from '../../../errors/fault.ts';
import type { ByteReader } from '../../source/byte-reader.ts';
import { cachePages } from '../../source/cache-pages.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';
import type { FileItem, FileSystem, FolderEntry } from '../file-system.ts';
import { makeFileSystem } from '../make-file-system.ts';
import { bytesContent } from '../placed-content.ts';
import { listNtfsFolder } from './list-folder.ts';
import { NtfsVolume } from './ntfs-volume.ts';
import { openValue } from './open-value.ts';
import { modifiedTime, type NtfsRecord } from './parse-record.ts';
import { readNtfsBootSector } from './read-boot-sector.ts';
import { parseReparsePoint, type ReparsePoint } from './reparse-point.ts';

const volumeRecord = 3;
const rootRecord = 5;
const volumeName = 0x60;
const volumeInformation = 0x70;
const data = 0x80;
const reparsePoint = 0xc0;
const longestReparsePoint = 16 * 1024;
const encrypted = 'The file is encrypted by Windows (EFS).';

const inUse =
  'The NTFS volume was in use or not shut down; its last changes may be missing, as its log is not replayed.';

export interface NtfsFileSystem extends FileSystem {
  label(signal?: AbortSignal): Promise<string | undefined>;
}

/** Opens NTFS; names are compared without regard to case. Links are not followed: they lead to drives of a Windows. */
export async function openNtfs(volume: ByteReader, signal?: AbortSignal): Promise<NtfsFileSystem> {
  const ntfs = new NtfsVolume(cachePages(volume), await readNtfsBootSector(volume, signal));
  const openRoot = async (stop?: AbortSignal) => await openRecord(ntfs, await ntfs.readRecord(rootRecord, stop), stop);
  const notes = (await wasInUse(ntfs, signal)) ? [inUse] : [];
  return {
    ...makeFileSystem(openRoot, { ignoresCase: true, followsLinks: false, hasBackslashes: true, notes }),
    async label(stop) {
      const content = await ntfs.openAttribute(await ntfs.readRecord(volumeRecord, stop), volumeName, '', stop);
      const label = (await content?.read(0, Math.min(content.size, 256), stop))?.toString('utf16le');
      return label === '' ? undefined : label;
    },
  };
}

/** A mark that Windows sets while it writes to the volume. */
async function wasInUse(ntfs: NtfsVolume, signal?: AbortSignal): Promise<boolean> {
  try {
    const { attributes } = await ntfs.readRecord(volumeRecord, signal);
    const value = attributes.find(({ type }) => type === volumeInformation)?.value;
    return value !== undefined && value.length >= 12 && (value.readUInt16LE(10) & 1) !== 0;
  } catch (error) {
    // Without that record all files can still be read.
    if (error instanceof Fault && error.code === 'invalid') return false;
    throw error;
  }
}

async function* listFolder(ntfs: NtfsVolume, record: NtfsRecord, signal?: AbortSignal): AsyncGenerator<FolderEntry> {
  for await (const { name, isFolder, record: number, sequence } of listNtfsFolder(ntfs, record, signal)) {
    const open = async (stop?: AbortSignal): Promise<FileItem> => {
      const found = await ntfs.readRecord(number, stop);
      // A record that was given to another file since is told by its sequence number.
      if (!found.isUsed || found.base !== 0 || found.sequence !== sequence) {
        throw invalidStructure(
          ntfs.volume.path,
          'NTFS file record',
          number * ntfs.geometry.recordSize,
          'is not in use',
          {
            number,
          },
        );
      }
      return await openRecord(ntfs, found, stop);
    };
    yield { name, isFolder, open };
  }
}

async function openRecord(ntfs: NtfsVolume, record: NtfsRecord, signal?: AbortSignal): Promise<FileItem> {
  const { number, isFolder } = record;
  const modified = modifiedTime(record);
  const reparse = await readReparsePoint(ntfs, record, signal);
  const base = { id: number, size: 0, modified };
  if (reparse.kind !== undefined && reparse.kind !== 'file') {
    return { ...base, kind: reparse.kind, target: reparse.target, obstacle: reparse.obstacle };
  }
  if (isFolder) return { ...base, kind: 'folder', entries: stop => listFolder(ntfs, record, stop) };
  const parts = await ntfs.findParts(record, data, '', signal);
  const [first] = parts;
  const size = first?.size ?? 0;
  const obstacle = reparse.obstacle ?? (first?.isEncrypted ? encrypted : undefined);
  if (obstacle !== undefined) return { ...base, kind: 'file', size, obstacle };
  const { volume, geometry } = ntfs;
  const content = async () =>
    first ? openValue(volume, geometry.clusterSize, parts) : bytesContent(volume.path, 'file', Buffer.alloc(0), 0);
  return { ...base, kind: 'file', size, content };
}

async function readReparsePoint(ntfs: NtfsVolume, record: NtfsRecord, signal?: AbortSignal): Promise<ReparsePoint> {
  const content = await ntfs.openAttribute(record, reparsePoint, '', signal);
  if (!content) return {};
  const value = await content.read(0, Math.min(content.size, longestReparsePoint), signal);
  return parseReparsePoint(value, record.isFolder);
}
