import type { Obstacle, Partition } from '../../model/image.ts';
import type { BootChoice } from './choose-firmware.ts';
import type { EfiFile } from './find-efi-files.ts';

const fallbackName = /^\/EFI\/BOOT\/BOOT(X64|IA32|AA64|ARM|RISCV64)\.EFI$/i;

export interface DiskFacts {
  readonly path: string;
  readonly choice: BootChoice;
  readonly partitions: readonly Partition[];
  /** The file system that fills a disk without partitions. */
  readonly wholeDisk: string | undefined;
  readonly efiFiles: readonly EfiFile[];
  readonly virtualSize: number;
  /** Some of the disk could not be read, so that nothing found means nothing. */
  readonly isUnread: boolean;
}

/** What the content of the disk puts in the way of booting it, besides what its format already does. */
export function bootObstacles(disk: DiskFacts): Obstacle[] {
  const { path, choice, partitions, wholeDisk, efiFiles, virtualSize } = disk;
  return [
    ...(disk.isUnread ? [] : noLoader(path, choice)),
    ...encrypted(partitions, wholeDisk),
    ...foreign(path, choice, efiFiles),
    ...noFallback(path, choice, efiFiles),
    ...cutShort(path, partitions, virtualSize),
  ];
}

function noLoader(path: string, choice: BootChoice): Obstacle[] {
  if (choice.bootable) return [];
  return [
    {
      code: 'no_boot_loader',
      blocking: true,
      message: `Nothing that could boot was found on "${path}": no EFI boot file, and no boot code that leads on.`,
      remedy: 'If it is a data disk, boot the system disk of the same machine; else install a boot loader in a copy.',
    },
  ];
}

function encrypted(partitions: readonly Partition[], wholeDisk: string | undefined): Obstacle[] {
  const places = [
    ...partitions.map(({ fileSystem, number }) => ({ fileSystem, where: `Partition ${number}` })),
    { fileSystem: wholeDisk, where: 'The disk' },
  ];
  return places.flatMap(({ fileSystem, where }) => {
    if (fileSystem === 'luks') {
      return [note('encrypted', `${where} is encrypted with LUKS: the boot stops where it asks for the password.`)];
    }
    if (fileSystem !== 'bitlocker') return [];
    const message = `${where} is encrypted with BitLocker: the boot stops where it asks for the recovery key, as the TPM is another one.`;
    return [
      note('bitlocker', message, 'Have the recovery key at hand, or suspend BitLocker before the backup is made.'),
    ];
  });
}

function foreign(path: string, choice: BootChoice, efiFiles: readonly EfiFile[]): Obstacle[] {
  if (choice.firmware !== 'uefi') return [];
  const known = new Set(efiFiles.map(file => file.architecture));
  known.delete('unknown');
  if (known.size === 0 || known.has('x86_64')) return [];
  const names = [...known].join(' and ');
  return [
    note(
      'foreign_architecture',
      `The EFI boot files of "${path}" are for ${names} only; an x86-64 machine does not start them.`,
      `Boot it on a machine for ${names}.`,
    ),
  ];
}

function noFallback(path: string, choice: BootChoice, efiFiles: readonly EfiFile[]): Obstacle[] {
  if (choice.firmware !== 'uefi' || efiFiles.length === 0) return [];
  if (efiFiles.some(file => fallbackName.test(file.path))) return [];
  return [
    note(
      'no_fallback_boot_file',
      `"${path}" has EFI boot files, but none at the default place /EFI/BOOT: firmware without a boot entry for them passes them by.`,
      'Make a boot entry in the firmware, or copy the boot loader to /EFI/BOOT/BOOTX64.EFI in a copy.',
    ),
  ];
}

function cutShort(path: string, partitions: readonly Partition[], virtualSize: number): Obstacle[] {
  const beyond = partitions.filter(({ start, size }) => start + size > virtualSize);
  if (beyond.length === 0) return [];
  const numbers = beyond.map(({ number }) => number).join(', ');
  return [
    {
      code: 'truncated',
      blocking: beyond.some(({ start }) => start >= virtualSize),
      message: `The disk "${path}" ends at byte ${virtualSize}, before the end of partition ${numbers}: it was cut short.`,
      remedy: 'Fetch the file again, or restore it from another copy.',
    },
  ];
}

function note(code: string, message: string, remedy?: string): Obstacle {
  return { code, blocking: false, message, ...(remedy === undefined ? {} : { remedy }) };
}
