import { hasBootSignature } from '../tables/read-mbr.ts';

export interface BootCode {
  /** Code that a BIOS would run. */
  readonly isPresent: boolean;
  /** e.g. "GRUB"; undefined for a loader without a mark that is known. */
  readonly loader?: string | undefined;
  /** The code only starts the active partition. */
  readonly needsActive: boolean;
  /** The code only prints that the disk is not bootable. */
  readonly isMessage: boolean;
}

const codeSize = 440;
const loaders: readonly (readonly [mark: string, loader: string])[] = [
  ['GRUB', 'GRUB'],
  ['LILO', 'LILO'],
  ['SYSLINUX', 'SYSLINUX'],
  ['isolinux', 'ISOLINUX'],
  ['EXTLINUX', 'SYSLINUX'],
  ['BOOTMGR', 'Windows boot manager'],
  ['NTLDR', 'Windows NT loader'],
  ['Limine', 'Limine'],
];
const activeMarks = ['Missing operating system', 'Invalid partition table', 'No active partition'];
// The start of what parted writes with every MBR label: like the others, it looks for the active partition.
const partedStart = '\xfa\xb8\x00\x10\x8e\xd0\xbc\x00\xb0';
const messageMarks = ['This is not a bootable disk', 'Non-System disk', 'not a bootable disk'];

/** What the boot code in the first 512 bytes of a disk or partition is. `isPartition` says that it may hold a file system's header. */
export function readBootCode(sector: Buffer, isPartition = false): BootCode {
  const text = sector.toString('latin1', 0, isPartition ? 510 : codeSize);
  // Behind the jump and the header of a FAT or NTFS boot sector begins the code.
  const start = isPartition ? 90 : 0;
  const isPresent =
    hasBootSignature(sector) && sector.subarray(start, isPartition ? 510 : codeSize).some(byte => byte !== 0);
  const loader = loaders.find(([mark]) => text.includes(mark))?.[1];
  return {
    isPresent,
    ...(loader === undefined ? {} : { loader }),
    needsActive: activeMarks.some(mark => text.includes(mark)) || text.startsWith(partedStart),
    isMessage: loader === undefined && messageMarks.some(mark => text.includes(mark)),
  };
}
