import type { VolumeKind } from './identify-volume.ts';

const superblock = 1024;
const hasJournal = 0x4;
const journalDevice = 0x8;
// Features that ext2 and ext3 lack: anything but filetype, recover, journal_dev and meta_bg; anything but sparse, large file, btree.
const ext4Incompatible = ~(0x2 | 0x4 | 0x8 | 0x10);
const ext4ReadOnly = ~(0x1 | 0x2 | 0x4);

/** ext2, ext3 or ext4, told apart by their features; `head` is the start of the volume. */
export function identifyExt(head: Buffer): VolumeKind | undefined {
  if (head.length < superblock + 1024 || head.readUInt16LE(superblock + 56) !== 0xef53) return undefined;
  const logBlockSize = head.readUInt32LE(superblock + 24);
  if (logBlockSize > 6) return undefined;
  const compatible = head.readUInt32LE(superblock + 92);
  const incompatible = head.readUInt32LE(superblock + 96);
  const readOnly = head.readUInt32LE(superblock + 100);
  const isExt4 = (incompatible & ext4Incompatible) !== 0 || (readOnly & ext4ReadOnly) !== 0;
  const fileSystem = isExt4 ? 'ext4' : (compatible & hasJournal) !== 0 ? 'ext3' : 'ext2';
  if ((incompatible & journalDevice) !== 0) return { fileSystem: 'ext-journal' };
  const label = head.toString('utf8', superblock + 120, superblock + 136).split('\0', 1)[0] ?? '';
  return { fileSystem, ...(label === '' ? {} : { label }) };
}
