import type { Obstacle } from '../../model/image.ts';
import type { ByteReader } from '../source/byte-reader.ts';
import type { PartitionTable } from './partition-table.ts';
import { readGpt } from './read-gpt.ts';
import { readLogicalPartitions } from './read-logical-partitions.ts';
import { hasBootSignature, readMbrEntries } from './read-mbr.ts';

const none: PartitionTable = { kind: 'none', entries: [], obstacles: [] };

/**
 * The partition table of a disk. A GPT counts when the MBR protects it (or names nothing else); an MBR counts when its entries make
 * sense, so that the boot sector of a file system that fills the whole disk is not taken for one. `wholeDisk` says whether a file
 * system was found at the start of the disk.
 */
export async function readPartitionTable(
  disk: ByteReader,
  sectorSize: number,
  wholeDisk: boolean,
  signal?: AbortSignal,
): Promise<PartitionTable> {
  if (disk.size < 512) return none;
  const sector = await disk.read(0, 512, signal);
  const signed = hasBootSignature(sector);
  const mbr = signed ? readMbrEntries(sector, sectorSize) : undefined;
  const isProtective = mbr?.some(entry => entry.type === '0xee') ?? false;
  if (isProtective || mbr === undefined || mbr.length === 0) {
    const gpt = await readGpt(disk, sectorSize, isProtective, signal);
    if (gpt) {
      const notes = isProtective ? hybridNote(disk.path, mbr) : [unprotectedNote(disk.path)];
      return { kind: 'gpt', entries: gpt.entries, obstacles: [...gpt.obstacles, ...notes] };
    }
    if (isProtective) return { kind: 'gpt', entries: [], obstacles: [lostGpt(disk.path)] };
  }
  if (mbr === undefined || (mbr.length === 0 && wholeDisk)) return none;
  if (mbr.length === 0 && sector.subarray(0, 510).every(byte => byte === 0)) return none;
  const logical = await readLogicalPartitions(disk, mbr, sectorSize, signal);
  return { kind: 'mbr', entries: [...mbr, ...logical], obstacles: [] };
}

function hybridNote(path: string, mbr: readonly { type: string }[] | undefined): Obstacle[] {
  if (!mbr?.some(entry => entry.type !== '0xee')) return [];
  return [
    {
      code: 'hybrid_mbr',
      blocking: false,
      message: `"${path}" has a GPT and, beside it, an MBR that names partitions too; systems disagree about which counts.`,
    },
  ];
}

function unprotectedNote(path: string): Obstacle {
  return {
    code: 'unprotected_gpt',
    blocking: false,
    message: `"${path}" has a GPT without the protective MBR that belongs to it; UEFI firmware may pass it by.`,
    remedy: 'Write the protective MBR anew in a copy, e.g. with sgdisk.',
  };
}

function lostGpt(path: string): Obstacle {
  return {
    code: 'damaged_gpt',
    blocking: true,
    message: `"${path}" is marked as a GPT disk, but neither its partition table nor the backup is intact.`,
    remedy: 'Restore the table in a copy, e.g. with gdisk (recovery menu) or testdisk.',
  };
}
