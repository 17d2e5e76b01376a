import type { ByteReader } from '../../../disk/source/byte-reader.ts';
import { readExfatCondition } from './exfat-condition.ts';
import { readExtCondition } from './ext-condition.ts';
import { readFatCondition } from './fat-condition.ts';
import { readNtfsCondition } from './ntfs-condition.ts';
import { readXfsCondition } from './xfs-condition.ts';

type ReadCondition = (volume: ByteReader, signal: AbortSignal) => Promise<string[]>;

const readers: Readonly<Record<string, ReadCondition>> = {
  ext2: readExtCondition,
  ext3: readExtCondition,
  ext4: readExtCondition,
  ntfs: readNtfsCondition,
  fat12: readFatCondition,
  fat16: readFatCondition,
  fat32: readFatCondition,
  exfat: readExfatCondition,
  xfs: readXfsCondition,
  // Written once, as a whole: there is no state in which it could be left.
  iso9660: async () => [],
};

/**
 * What is wrong with a file system, as sentences; none when it is clean. Undefined for one whose state can not be told here.
 * Fault `invalid` for a damaged one.
 */
export async function readCondition(
  fileSystem: string,
  volume: ByteReader,
  signal: AbortSignal,
): Promise<string[] | undefined> {
  const read = Object.hasOwn(readers, fileSystem) ? readers[fileSystem] : undefined;
  return await read?.(volume, signal);
}
