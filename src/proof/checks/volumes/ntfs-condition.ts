import type { ByteReader } from '../../../disk/source/byte-reader.ts';
import { cachePages } from '../../../disk/source/cache-pages.ts';
import { isInside } from '../../../disk/source/check-range.ts';
import { le64 } from '../../../disk/source/integers.ts';
import { readStructure } from '../../../disk/source/read-structure.ts';
import { NtfsVolume } from '../../../disk/volumes/ntfs/ntfs-volume.ts';
import { type NtfsGeometry, readNtfsBootSector } from '../../../disk/volumes/ntfs/read-boot-sector.ts';
import { inUse } from './condition.ts';

const logRecord = 2;
const volumeRecord = 3;
const volumeInformation = 0x70;
const data = 0x80;
const dirty = 0x1;
const noClient = 0xffff;
const logIsClean = 0x2;
/** A restart page is no larger in any system. */
const largestPage = 64 * 1024;

/** What is wrong with an NTFS, as sentences: its dirty mark, its log, the copies of its boot sector and its file table. */
export async function readNtfsCondition(volume: ByteReader, signal: AbortSignal): Promise<string[]> {
  const geometry = await readNtfsBootSector(volume, signal);
  const ntfs = new NtfsVolume(cachePages(volume), geometry);
  const { attributes } = await ntfs.readRecord(volumeRecord, signal);
  const value = attributes.find(({ type }) => type === volumeInformation)?.value;
  const problems: string[] = [];
  if (value === undefined || value.length < 12) problems.push('It does not say whether it is clean.');
  else if ((value.readUInt16LE(10) & dirty) !== 0) problems.push(`Windows has marked it as dirty: ${inUse}`);
  if (await hasOpenLog(ntfs, signal)) problems.push(`Its log has changes to be replayed: ${inUse}`);
  return [...problems, ...(await compareCopies(volume, geometry, signal))];
}

/** The log's two restart pages say whether whoever used it has closed it; the newer one counts. */
async function hasOpenLog(ntfs: NtfsVolume, signal: AbortSignal): Promise<boolean> {
  const log = await ntfs.openAttribute(await ntfs.readRecord(logRecord, signal), data, '', signal);
  if (!log) return false;
  const head = await log.read(0, Math.min(log.size, 2 * largestPage), signal);
  const pageSize = head.length >= 20 ? head.readUInt32LE(16) : 0;
  const pages = [0, pageSize > 0 && pageSize <= largestPage ? pageSize : 4096].map(at => readRestartPage(head, at));
  const newest = pages.filter(page => page !== undefined).sort((one, other) => other.sequence - one.sequence)[0];
  // A log that was emptied, as a new or a repaired volume has it, has no such page.
  return newest !== undefined && !newest.isClosed;
}

function readRestartPage(head: Buffer, at: number): { sequence: number; isClosed: boolean } | undefined {
  if (at + 512 > head.length || head.toString('latin1', at, at + 4) !== 'RSTR') return undefined;
  const area = at + head.readUInt16LE(at + 24);
  if (area + 16 > head.length) return undefined;
  const isClosed = head.readUInt16LE(area + 12) === noClient || (head.readUInt16LE(area + 14) & logIsClean) !== 0;
  return { sequence: le64(head, area), isClosed };
}

async function compareCopies(
  volume: ByteReader,
  { clusterSize, recordSize }: NtfsGeometry,
  signal: AbortSignal,
): Promise<string[]> {
  const boot = await readStructure(volume, 'NTFS boot sector', 0, 512, signal);
  const problems: string[] = [];
  // Behind the last sector that the volume counts.
  const copyAt = le64(boot, 40) * boot.readUInt16LE(11);
  if (!isInside(copyAt, 512, volume.size)) {
    // One that fills a whole disk without room for the copy is no rarity; one that is longer than its place is damage.
    if (copyAt > volume.size) problems.push('It is longer than the partition that it is in.');
  } else {
    const copy = await readStructure(volume, 'NTFS boot sector copy', copyAt, 512, signal);
    if (!copy.subarray(3, 84).equals(boot.subarray(3, 84))) problems.push('The copy of its boot sector is damaged.');
  }
  const mirrorAt = le64(boot, 56) * clusterSize;
  const mirror = isInside(mirrorAt, recordSize, volume.size)
    ? await readStructure(volume, 'NTFS file table copy', mirrorAt, recordSize, signal)
    : undefined;
  if (mirror?.toString('latin1', 0, 4) !== 'FILE') problems.push('The copy of its file table is damaged.');
  return problems;
}
