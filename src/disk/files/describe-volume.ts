import type { ImageVolume } from '../../model/image-files.ts';
import type { DiskVolume } from '../guest/find-volumes.ts';
import { plainText } from '../guest/plain-text.ts';
import { isReadable } from '../volumes/open-file-system.ts';

// What is no file system to look into, in words that fit behind "partition 2".
const words: Readonly<Record<string, string>> = {
  bitlocker: 'is encrypted by BitLocker',
  luks: 'is encrypted (LUKS)',
  lvm2: 'belongs to an LVM volume group',
  mdraid: 'is a member of a Linux software RAID',
  zfs: 'belongs to a ZFS pool',
  vmfs: 'is a VMFS datastore',
  swap: 'is swap space',
  'ext-journal': 'is the journal of another ext file system',
};

/** The number by which a volume is chosen: 0 is the whole disk. */
export function volumeNumber({ entry }: DiskVolume): number {
  return entry?.number ?? 0;
}

export function describeVolume(volume: DiskVolume): ImageVolume {
  const { kind, reader } = volume;
  return {
    partition: volumeNumber(volume),
    ...(kind && { fileSystem: kind.fileSystem }),
    ...(kind?.label === undefined ? {} : { label: plainText(kind.label) }),
    size: reader.size,
    readable: kind !== undefined && isReadable(kind.fileSystem),
  };
}

/** e.g. "partition 3 is encrypted by BitLocker". */
export function explainVolume({ name, kind, isUnread }: DiskVolume): string {
  const fileSystem = kind?.fileSystem;
  if (fileSystem === undefined) {
    return isUnread ? `${name} could not be read` : `${name} has no file system that is known here`;
  }
  const found = words[fileSystem];
  if (found !== undefined) return `${name} ${found}`;
  return isReadable(fileSystem)
    ? `${name} has a damaged ${fileSystem} file system`
    : `${name} has the file system ${fileSystem}, which can not be read here`;
}
