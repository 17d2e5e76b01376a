import type { ByteReader } from '../../source/byte-reader.ts';
import { cachePages } from '../../source/cache-pages.ts';
import type { FileSystem } from '../file-system.ts';
import { makeFolderWalk } from '../folder-walk.ts';
import { listNtfsFolder, type NtfsEntry } from './list-folder.ts';
import { NtfsVolume } from './ntfs-volume.ts';
import { readNtfsBootSector } from './read-boot-sector.ts';

const volumeRecord = 3;
const rootRecord = 5;
const volumeName = 0x60;
const data = 0x80;

export interface NtfsFileSystem extends FileSystem {
  label(signal?: AbortSignal): Promise<string | undefined>;
  /** A file to be read in part, for those that are too large to read whole. */
  openFile(path: string, signal?: AbortSignal): Promise<ByteReader | undefined>;
}

/** Opens NTFS; names are compared without regard to case. Compressed and encrypted files count as not readable: undefined. */
export async function openNtfs(volume: ByteReader, signal?: AbortSignal): Promise<NtfsFileSystem> {
  const geometry = await readNtfsBootSector(volume, signal);
  const ntfs = new NtfsVolume(cachePages(volume), geometry);
  const root = { name: '', isFolder: true, record: rootRecord };
  const { find, list } = makeFolderWalk<NtfsEntry>(
    root,
    entry => entry.record,
    (entry, stop) => listNtfsFolder(ntfs, entry.record, stop),
  );
  const openFile = async (path: string, stop?: AbortSignal): Promise<ByteReader | undefined> => {
    const entry = await find(path, stop);
    if (!entry || entry.isFolder) return undefined;
    const content = await ntfs.openAttribute(entry.record, data, '', stop);
    return content && !content.isEncoded ? { path: volume.path, size: content.size, read: content.read } : undefined;
  };
  return {
    list,
    openFile,
    async readFile(path, most, stop) {
      const file = await openFile(path, stop);
      return await file?.read(0, Math.min(file.size, most), stop);
    },
    async label(stop) {
      const content = await ntfs.openAttribute(volumeRecord, volumeName, '', stop);
      const label = (await content?.read(0, Math.min(content.size, 256), stop))?.toString('utf16le');
      return label === '' ? undefined : label;
    },
  };
}
