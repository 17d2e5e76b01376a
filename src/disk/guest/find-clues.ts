import { efiSystemTypes } from '../tables/type-names.ts';
import type { Clue } from './clue.ts';
import { findDiscClues } from './find-disc-clues.ts';
import type { EfiFile } from './find-efi-files.ts';
import { findLinux } from './find-linux.ts';
import type { DiskVolume } from './find-volumes.ts';
import { findWindows } from './find-windows.ts';
import type { Notes } from './tolerate.ts';

const familyOfFileSystem: Readonly<Record<string, Clue['family']>> = {
  ext2: 'linux',
  ext3: 'linux',
  ext4: 'linux',
  xfs: 'linux',
  btrfs: 'linux',
  f2fs: 'linux',
  swap: 'linux',
  lvm2: 'linux',
  luks: 'linux',
  mdraid: 'linux',
  bitlocker: 'windows',
  refs: 'windows',
  ufs: 'bsd',
};
const windowsTypes = new Set(['e3c9e316-0b5c-4db8-817d-f92df00215ae', 'de94bba4-06d1-4d40-a16a-bfd50179d6ac', '0x27']);
const bsdTypes = /^(516e7cb|83bd6b9d|824cc7a0|49f48d|0xa5$|0xa6$|0xa9$)/;
const dosFiles = new Set(['kernel.sys', 'io.sys', 'ibmbio.com']);
const vendors: Readonly<Record<string, Pick<Clue, 'family'>>> = {
  microsoft: { family: 'windows' },
  debian: { family: 'linux' },
  ubuntu: { family: 'linux' },
  fedora: { family: 'linux' },
  redhat: { family: 'linux' },
  centos: { family: 'linux' },
  rocky: { family: 'linux' },
  almalinux: { family: 'linux' },
  opensuse: { family: 'linux' },
  sles: { family: 'linux' },
  arch: { family: 'linux' },
  systemd: { family: 'linux' },
  freebsd: { family: 'bsd' },
  openbsd: { family: 'bsd' },
};

/** Every hint that a volume gives at the guest system. */
export async function findClues(volume: DiskVolume, notes: Notes, signal?: AbortSignal): Promise<Clue[]> {
  const { kind, files, name, entry } = volume;
  const clues: Clue[] = [];
  const fileSystem = kind?.fileSystem ?? '';
  const tell = async (what: string, read: () => Promise<Clue[]>) =>
    clues.push(...(await notes.tolerate(what, [], read)));
  if (fileSystem === 'ntfs') await tell(`The system on ${name}`, () => findWindows(volume.reader, name, signal));
  else if (fileSystem === 'iso9660' || fileSystem === 'udf') {
    await tell(`The system on ${name}`, () => findDiscClues(files, kind?.label, signal));
  } else if (files) await tell(`The system on ${name}`, () => findLinux(files, name, fileSystem, signal));
  if (files && fileSystem.startsWith('fat')) {
    const root = await notes.tolerate(
      `The root folder of ${name}`,
      [],
      async () => (await files.list('/', signal)) ?? [],
    );
    const dos = root.find(each => dosFiles.has(each.name.toLowerCase()));
    if (dos)
      clues.push({
        strength: 2,
        family: 'other',
        name: 'DOS',
        architecture: 'x86',
        evidence: `/${dos.name} on ${name}`,
      });
  }
  const family = familyOfFileSystem[fileSystem];
  if (family) clues.push({ strength: 1, family, evidence: `${fileSystem} on ${name}` });
  if (entry && windowsTypes.has(entry.type))
    clues.push({ strength: 1, family: 'windows', evidence: `type of ${name}` });
  if (entry && bsdTypes.test(entry.type)) clues.push({ strength: 1, family: 'bsd', evidence: `type of ${name}` });
  return clues;
}

/** The hints in the EFI boot files: which vendors' folders there are, and for which processors. */
export function efiClues(files: readonly EfiFile[]): Clue[] {
  const clues: Clue[] = [];
  for (const { path, architecture } of files) {
    const vendor = path.split('/')[2]?.toLowerCase() ?? '';
    const known = architecture === 'unknown' ? undefined : architecture;
    clues.push({ strength: vendor in vendors ? 2 : 1, ...vendors[vendor], architecture: known, evidence: path });
  }
  return clues;
}

/** Whether a partition is an EFI system partition by its type. */
export function isEfiSystem(volume: DiskVolume): boolean {
  return volume.entry !== undefined && efiSystemTypes.has(volume.entry.type);
}
