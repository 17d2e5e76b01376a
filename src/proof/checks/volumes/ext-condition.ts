import type { ByteReader } from '../../../disk/source/byte-reader.ts';
import { isInside } from '../../../disk/source/check-range.ts';
import { crc32c } from '../../../disk/source/crc32c.ts';
import { readStructure } from '../../../disk/source/read-structure.ts';
import { inUse } from './condition.ts';

const start = 1024;
const size = 1024;
const state = { valid: 1, errors: 2, orphans: 4 };
const needsRecovery = 0x4;
const sparseBackups = 0x200;
const hasChecksum = 0x400;
const checksumAt = 1020;

/** What is wrong with an ext2, ext3 or ext4, as sentences: its marks, its checksum and the copy of its superblock. */
export async function readExtCondition(volume: ByteReader, signal: AbortSignal): Promise<string[]> {
  const own = await readStructure(volume, 'ext superblock', start, size, signal);
  const flags = own.readUInt16LE(58);
  const problems: string[] = [];
  const usesJournal = (own.readUInt32LE(96) & needsRecovery) !== 0;
  if (usesJournal) problems.push(`Its journal has changes to be replayed: ${inUse}`);
  if ((flags & state.errors) !== 0) problems.push('The system that used it has found errors in it and marked it so.');
  if ((flags & state.orphans) !== 0) problems.push('Files that were being deleted are not yet gone.');
  // With a journal the mark is left alone while the file system is in use.
  if ((flags & state.valid) === 0 && !usesJournal) problems.push(`It was not unmounted: ${inUse}`);
  const errors = own.readUInt32LE(404);
  if (errors > 0) problems.push(`It counts ${errors} errors since its last check.`);
  if (hasSum(own) && !isSumRight(own)) problems.push('The checksum of its superblock is wrong.');
  return [...problems, ...(await compareBackup(volume, own, signal))];
}

function hasSum(superblock: Buffer): boolean {
  return (superblock.readUInt32LE(100) & hasChecksum) !== 0;
}

// Ext keeps the sum without the last step of CRC-32C, which turns all bits around.
function isSumRight(superblock: Buffer): boolean {
  return ~crc32c(superblock.subarray(0, checksumAt)) >>> 0 === superblock.readUInt32LE(checksumAt);
}

/** The first copy is in the second group, or in one that is named where there are only two of them. */
async function compareBackup(volume: ByteReader, own: Buffer, signal: AbortSignal): Promise<string[]> {
  const blockSize = 1024 * 2 ** own.readUInt32LE(24);
  const blocksPerGroup = own.readUInt32LE(32);
  const firstBlock = own.readUInt32LE(20);
  const group = (own.readUInt32LE(92) & sparseBackups) === 0 ? 1 : own.readUInt32LE(588);
  const blocks = own.readUInt32LE(4) + ((own.readUInt32LE(96) & 0x80) === 0 ? 0 : own.readUInt32LE(336) * 2 ** 32);
  const block = firstBlock + group * blocksPerGroup;
  if (group === 0 || block >= blocks) return [];
  if (!isInside(block * blockSize, size, volume.size)) return ['It is longer than the partition that it is in.'];
  const copy = await readStructure(volume, 'ext superblock copy', block * blockSize, size, signal);
  const isSame = [24, 32, 40].every(at => copy.readUInt32LE(at) === own.readUInt32LE(at));
  return copy.readUInt16LE(56) === 0xef53 && isSame ? [] : ['The copy of its superblock is damaged.'];
}
