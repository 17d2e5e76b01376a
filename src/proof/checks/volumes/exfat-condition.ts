import type { ByteReader } from '../../../disk/source/byte-reader.ts';
import { le64 } from '../../../disk/source/integers.ts';
import { readStructure } from '../../../disk/source/read-structure.ts';
import { inUse } from './condition.ts';

const flag = { dirty: 2, failure: 4 };
const sectorsOfBoot = 12;

/** What is wrong with an exFAT, as sentences: its marks, and the copy of its boot sector. */
export async function readExfatCondition(volume: ByteReader, signal: AbortSignal): Promise<string[]> {
  const boot = await readStructure(volume, 'exFAT boot sector', 0, 512, signal);
  const flags = boot.readUInt16LE(106);
  const sectorSize = 2 ** Math.min(boot.readUInt8(108), 12);
  const problems: string[] = [];
  if ((flags & flag.dirty) !== 0) problems.push(`It is marked as in use: ${inUse}`);
  if ((flags & flag.failure) !== 0) problems.push('It is marked as having had errors of its disk.');
  if (le64(boot, 72) * sectorSize > volume.size) problems.push('It is longer than the partition that it is in.');
  const copy = await readStructure(volume, 'exFAT boot sector copy', sectorsOfBoot * sectorSize, 512, signal);
  // The marks and the share in use stand in the first one alone.
  const isSame = copy.subarray(0, 106).equals(boot.subarray(0, 106));
  return isSame ? problems : [...problems, 'The copy of its boot sector is damaged.'];
}
