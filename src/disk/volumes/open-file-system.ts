import type { ByteReader } from '../source/byte-reader.ts';
import { openExt } from './ext/open-ext.ts';
import { openFat } from './fat/open-fat.ts';
import type { FileSystem } from './file-system.ts';
import { openNtfs } from './ntfs/open-ntfs.ts';
import { openIso9660 } from './open-iso9660.ts';

type Open = (volume: ByteReader, signal?: AbortSignal) => Promise<FileSystem>;

const readers: Readonly<Record<string, Open>> = {
  fat12: openFat,
  fat16: openFat,
  fat32: openFat,
  ext2: openExt,
  ext3: openExt,
  ext4: openExt,
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
