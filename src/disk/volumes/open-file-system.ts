import type { ByteReader } from '../source/byte-reader.ts';
import { openExfat } from './exfat/open-exfat.ts';
import { openExt } from './ext/open-ext.ts';
import { openFat } from './fat/open-fat.ts';
import type { FileSystem } from './file-system.ts';
import { openIso9660 } from './iso9660/open-iso9660.ts';
import { openNtfs } from './ntfs/open-ntfs.ts';

type Open = (volume: ByteReader, signal?: AbortSignal) => Promise<FileSystem>;

const readers: Readonly<Record<string, Open>> = {
  fat12: openFat,
  fat16: openFat,
  fat32: openFat,
  ext2: openExt,
  ext3: openExt,
  ext4: openExt,
  exfat: openExfat,
  ntfs: openNtfs,
  iso9660: openIso9660,
};

/** Opens a volume of a known kind; undefined when files of that kind can not be read here. */
export async function openFileSystem(
  fileSystem: string,
  volume: ByteReader,
  signal?: AbortSignal,
): Promise<FileSystem | undefined> {
  const open = readers[fileSystem];
  return open ? await open(volume, signal) : undefined;
}

/** Whether files of that kind of file system can be read here. */
export function isReadable(fileSystem: string): boolean {
  return fileSystem in readers;
}
