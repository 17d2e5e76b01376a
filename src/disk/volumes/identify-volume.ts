import type { ByteReader } from '../source/byte-reader.ts';
import { isInside } from '../source/check-range.ts';
import { identifyExt } from './identify-ext.ts';
import { identifyFat } from './identify-fat.ts';
import { identifyMdRaid } from './identify-mdraid.ts';
import { volumeLabel } from './volume-label.ts';

export interface VolumeKind {
  /** e.g. "fat32", "ntfs", "ext4", "luks". */
  readonly fileSystem: string;
  readonly label?: string | undefined;
}

interface Signature {
  readonly fileSystem: string;
  readonly at: number;
  /** Characters stand for bytes. */
  readonly magic: string;
}

// First match wins: what wraps a file system stands before what could remain of an older one inside.
const signatures: readonly Signature[] = [
  { fileSystem: 'luks', at: 0, magic: 'LUKS\xba\xbe' },
  { fileSystem: 'bitlocker', at: 3, magic: '-FVE-FS-' },
  // BitLocker To Go keeps a FAT boot sector; its GUID stands behind it.
  { fileSystem: 'bitlocker', at: 424, magic: '\x3b\xd6\x67\x49\x29\x2e\xd8\x4a\x83\x99\xf6\xa3\x39\xe3\xd0\x01' },
  { fileSystem: 'ntfs', at: 3, magic: 'NTFS    ' },
  { fileSystem: 'refs', at: 3, magic: 'ReFS\0\0\0\0' },
  { fileSystem: 'exfat', at: 3, magic: 'EXFAT   ' },
  { fileSystem: 'lvm2', at: 512, magic: 'LABELONE' },
  { fileSystem: 'lvm2', at: 0, magic: 'LABELONE' },
  { fileSystem: 'lvm2', at: 1024, magic: 'LABELONE' },
  { fileSystem: 'lvm2', at: 1536, magic: 'LABELONE' },
  { fileSystem: 'xfs', at: 0, magic: 'XFSB' },
  { fileSystem: 'btrfs', at: 65600, magic: '_BHRfS_M' },
  { fileSystem: 'f2fs', at: 1024, magic: '\x10\x20\xf5\xf2' },
  { fileSystem: 'erofs', at: 1024, magic: '\xe2\xe1\xf5\xe0' },
  { fileSystem: 'squashfs', at: 0, magic: 'hsqs' },
  { fileSystem: 'apfs', at: 32, magic: 'NXSB' },
  { fileSystem: 'hfs+', at: 1024, magic: 'H+\0\x04' },
  { fileSystem: 'hfs+', at: 1024, magic: 'HX\0\x05' },
  { fileSystem: 'jfs', at: 32768, magic: 'JFS1' },
  { fileSystem: 'reiserfs', at: 65588, magic: 'ReIsEr' },
  { fileSystem: 'bcachefs', at: 4120, magic: '\xc6\x85\x73\xf6\x66\xce\x90\xa9\xd9\x6a\x60\xcf\x80\x3d\xf7\xef' },
  // A swap area's mark ends its first page, whose size depends on the machine.
  { fileSystem: 'swap', at: 4086, magic: 'SWAPSPACE2' },
  { fileSystem: 'swap', at: 8182, magic: 'SWAPSPACE2' },
  { fileSystem: 'swap', at: 16374, magic: 'SWAPSPACE2' },
  { fileSystem: 'swap', at: 65526, magic: 'SWAPSPACE2' },
  // UFS 2 at its three places, then UFS 1.
  { fileSystem: 'ufs', at: 65536 + 1372, magic: '\x19\x01\x54\x19' },
  { fileSystem: 'ufs', at: 8192 + 1372, magic: '\x19\x01\x54\x19' },
  { fileSystem: 'ufs', at: 8192 + 1372, magic: '\x54\x19\x01\x00' },
  { fileSystem: 'vmfs', at: 1024 * 1024, magic: '\x0d\xd0\x01\xc0' },
  { fileSystem: 'iso9660', at: 32769, magic: 'CD001' },
  { fileSystem: 'udf', at: 32769, magic: 'BEA01' },
];

const headSize = 68 * 1024;

/**
 * What fills a partition or a whole disk, by its signature; undefined when nothing known does. Looks at some 200 KiB at most.
 */
export async function identifyVolume(volume: ByteReader, signal?: AbortSignal): Promise<VolumeKind | undefined> {
  const head = await volume.read(0, Math.min(headSize, volume.size), signal);
  const raid = await identifyMdRaid(volume, head, signal);
  if (raid) return raid;
  for (const signature of signatures) {
    if (!(await matches(volume, head, signature, signal))) continue;
    const label = await volumeLabel(signature.fileSystem, volume, head, signal);
    return { fileSystem: signature.fileSystem, ...(label ? { label } : {}) };
  }
  return identifyExt(head) ?? (await identifyFat(volume, head, signal)) ?? (await identifyZfs(volume, signal));
}

async function matches(
  volume: ByteReader,
  head: Buffer,
  { at, magic }: Signature,
  signal?: AbortSignal,
): Promise<boolean> {
  if (at + magic.length <= head.length) return head.toString('latin1', at, at + magic.length) === magic;
  if (at < headSize || !isInside(at, magic.length, volume.size)) return false;
  return (await volume.read(at, magic.length, signal)).toString('latin1') === magic;
}

/** ZFS marks its first label's ring of uberblocks, in either byte order; which of them are used depends on its age. */
async function identifyZfs(volume: ByteReader, signal?: AbortSignal): Promise<VolumeKind | undefined> {
  const start = 128 * 1024;
  if (!isInside(start, start, volume.size)) return undefined;
  const ring = await volume.read(start, start, signal);
  for (let at = 0; at < ring.length; at += 1024) {
    const mark = ring.toString('hex', at, at + 8);
    if (mark === '0cb1ba0000000000' || mark === '0000000000bab10c') return { fileSystem: 'zfs' };
  }
  return undefined;
}
