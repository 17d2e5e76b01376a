import type { ByteReader } from '../../source/byte-reader.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';
import { readStructure } from '../../source/read-structure.ts';
import type { ItemKind } from '../file-system.ts';
import { fileTime } from '../file-time.ts';
import { inodeTable } from './find-inode-table.ts';
import type { ExtSuperblock } from './read-superblock.ts';

export interface ExtInode {
  readonly number: number;
  readonly kind: ItemKind;
  readonly size: number;
  readonly modified: Date | undefined;
  readonly usesExtents: boolean;
  /** The content itself stands in the inode. */
  readonly isInline: boolean;
  /** Content and names are encrypted (fscrypt). */
  readonly isEncrypted: boolean;
  /** Compressed by a patched system of old. */
  readonly isCompressed: boolean;
  /** 60 bytes: block pointers, the root of the extent tree, a short link's target, or inline content. */
  readonly blocks: Buffer;
  /** The whole inode, for inline content that goes on in an attribute. */
  readonly bytes: Buffer;
}

const kinds: Readonly<Record<number, ItemKind>> = { 4: 'folder', 8: 'file', 10: 'link' };
const flag = { compressed: 0x4, encrypted: 0x800, extents: 0x80000, inline: 0x10000000 };

export async function readInode(
  volume: ByteReader,
  superblock: ExtSuperblock,
  number: number,
  signal?: AbortSignal,
): Promise<ExtInode> {
  if (number < 1 || number > superblock.inodes) {
    throw invalidStructure(volume.path, 'ext inode', 0, `number ${number} does not exist`, {
      inodes: superblock.inodes,
    });
  }
  const group = Math.floor((number - 1) / superblock.inodesPerGroup);
  const table = await inodeTable(volume, superblock, group, signal);
  const offset = table + ((number - 1) % superblock.inodesPerGroup) * superblock.inodeSize;
  const bytes = await readStructure(volume, 'ext inode', offset, superblock.inodeSize, signal);
  const flags = bytes.readUInt32LE(32);
  const kind = kinds[bytes.readUInt16LE(0) >> 12] ?? 'other';
  const usesExtents = (flags & flag.extents) !== 0;
  // The upper half is that of files; folders of old keep the block of their access list there.
  const hasUpperHalf = kind === 'file' || superblock.hasLargeFolders;
  const size = bytes.readUInt32LE(4) + (hasUpperHalf ? bytes.readUInt32LE(108) * 2 ** 32 : 0);
  return {
    number,
    kind,
    size,
    modified: modifiedTime(bytes),
    usesExtents,
    // A short link's target stands where the block pointers would.
    isInline: (flags & flag.inline) !== 0 || (kind === 'link' && size < 60 && !usesExtents),
    isEncrypted: (flags & flag.encrypted) !== 0,
    isCompressed: (flags & flag.compressed) !== 0,
    blocks: bytes.subarray(40, 100),
    bytes,
  };
}

/** Seconds since 1970 with a sign; the part behind the first 128 bytes adds two bits above, and nanoseconds. */
function modifiedTime(bytes: Buffer): Date | undefined {
  const seconds = bytes.readInt32LE(16);
  const hasMore = bytes.length >= 140 && 128 + bytes.readUInt16LE(128) >= 140;
  const more = hasMore ? bytes.readUInt32LE(136) : 0;
  return fileTime((seconds + (more & 3) * 2 ** 32) * 1000 + Math.floor((more >>> 2) / 1e6));
}
