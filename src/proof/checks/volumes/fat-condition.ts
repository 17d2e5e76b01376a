import type { ByteReader } from '../../../disk/source/byte-reader.ts';
import { isInside } from '../../../disk/source/check-range.ts';
import { readStructure } from '../../../disk/source/read-structure.ts';
import { parseFatBootSector } from '../../../disk/volumes/fat/parse-boot-sector.ts';
import { inUse } from './condition.ts';

/** Set in the second entry of the table while all is well, by the width of an entry. */
const tableMarks: Readonly<Record<number, { clean: number; sound: number }>> = {
  16: { clean: 0x8000, sound: 0x4000 },
  32: { clean: 0x8000000, sound: 0x4000000 },
};

/** What is wrong with a FAT, as sentences: the marks of Linux and Windows, and the copies of boot sector and table. */
export async function readFatCondition(volume: ByteReader, signal: AbortSignal): Promise<string[]> {
  const boot = await readStructure(volume, 'FAT boot sector', 0, 512, signal);
  const geometry = parseFatBootSector(boot);
  if (!geometry) return ['Its boot sector is damaged.'];
  const { bits, tableStart, size } = geometry;
  const problems: string[] = [];
  const table = await readStructure(volume, 'file allocation table', tableStart, 8, signal);
  const entry = bits === 32 ? table.readUInt32LE(4) : table.readUInt16LE(2);
  const marks = tableMarks[bits];
  const markedByLinux = ((boot[bits === 32 ? 65 : 37] ?? 0) & 1) !== 0;
  if (markedByLinux || (marks !== undefined && (entry & marks.clean) === 0)) {
    problems.push(`It is marked as in use: ${inUse}`);
  }
  if (marks !== undefined && (entry & marks.sound) === 0)
    problems.push('It is marked as having had errors of its disk.');
  if (size > volume.size) problems.push('It is longer than the partition that it is in.');
  if (bits === 32) problems.push(...(await compareBackup(volume, boot, geometry.sectorSize, signal)));
  return problems;
}

async function compareBackup(
  volume: ByteReader,
  boot: Buffer,
  sectorSize: number,
  signal: AbortSignal,
): Promise<string[]> {
  const sector = boot.readUInt16LE(50);
  // Some tools make none.
  if (sector === 0 || sector === 0xffff) return [];
  const at = sector * sectorSize;
  const copy = isInside(at, 512, volume.size) ? await volume.read(at, 512, signal) : undefined;
  return copy?.subarray(11, 64).equals(boot.subarray(11, 64)) ? [] : ['The copy of its boot sector is damaged.'];
}
