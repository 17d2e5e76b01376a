import { crc32 } from 'node:zlib';
import type { Obstacle } from '../../model/image.ts';
import type { ByteReader } from '../source/byte-reader.ts';
import { isInside } from '../source/check-range.ts';
import { le64 } from '../source/integers.ts';
import { readGuid } from '../source/read-guid.ts';
import type { TableEntry } from './partition-table.ts';

export interface FoundGpt {
  readonly entries: readonly TableEntry[];
  readonly obstacles: readonly Obstacle[];
}

const mostTableBytes = 1024 * 1024;
const unusedType = '00000000-0000-0000-0000-000000000000';

/**
 * The GPT of a disk: the primary table, else the backup at the end. Tries the image's own sector size and the other usual one, as
 * a disk may have been copied from a drive with another. A stray table, which no MBR protects, counts only when it is whole.
 */
export async function readGpt(
  disk: ByteReader,
  sectorSize: number,
  isProtected: boolean,
  signal?: AbortSignal,
): Promise<FoundGpt | undefined> {
  const sizes = [...new Set([sectorSize, 512, 4096])];
  for (const size of sizes) {
    const primary = await readTable(disk, size, size, signal);
    if (primary) return { entries: primary, obstacles: otherSectorNote(disk.path, sectorSize, size) };
  }
  if (!isProtected) return undefined;
  for (const size of sizes) {
    const last = Math.floor(disk.size / size) * size - size;
    const backup = await readTable(disk, size, last, signal);
    if (backup)
      return { entries: backup, obstacles: [usedBackup(disk.path), ...otherSectorNote(disk.path, sectorSize, size)] };
  }
  return undefined;
}

async function readTable(
  disk: ByteReader,
  sectorSize: number,
  offset: number,
  signal?: AbortSignal,
): Promise<TableEntry[] | undefined> {
  if (!isInside(offset, sectorSize, disk.size)) return undefined;
  const header = await disk.read(offset, sectorSize, signal);
  if (header.toString('latin1', 0, 8) !== 'EFI PART') return undefined;
  const headerSize = header.readUInt32LE(12);
  if (headerSize < 92 || headerSize > sectorSize) return undefined;
  const summed = Buffer.from(header.subarray(0, headerSize));
  summed.writeUInt32LE(0, 16);
  if (crc32(summed) !== header.readUInt32LE(16) || le64(header, 24) * sectorSize !== offset) return undefined;
  const place = le64(header, 72) * sectorSize;
  const count = header.readUInt32LE(80);
  const entrySize = header.readUInt32LE(84);
  if (entrySize < 128 || entrySize > 4096 || count * entrySize > mostTableBytes) return undefined;
  if (!isInside(place, count * entrySize, disk.size)) return undefined;
  const table = await disk.read(place, count * entrySize, signal);
  if (crc32(table) !== header.readUInt32LE(88)) return undefined;
  return parseEntries(table, entrySize, sectorSize);
}

function parseEntries(table: Buffer, entrySize: number, sectorSize: number): TableEntry[] {
  const entries: TableEntry[] = [];
  for (let at = 0; at + entrySize <= table.length; at += entrySize) {
    const type = readGuid(table, at);
    const start = le64(table, at + 32) * sectorSize;
    const size = (le64(table, at + 40) + 1) * sectorSize - start;
    if (type === unusedType || !Number.isSafeInteger(start + size) || size <= 0) continue;
    const name = table.toString('utf16le', at + 56, at + 128).split('\0', 1)[0] ?? '';
    entries.push({
      number: at / entrySize + 1,
      start,
      size,
      type,
      ...(name === '' ? {} : { name }),
      active: (table.readUInt8(at + 48) & 4) !== 0,
    });
  }
  return entries;
}

function usedBackup(path: string): Obstacle {
  return {
    code: 'damaged_gpt',
    blocking: false,
    message: `The primary partition table of "${path}" is damaged; its backup at the end of the disk was used.`,
    remedy: 'Firmware does the same; to mend a copy, use sgdisk or gdisk.',
  };
}

function otherSectorNote(path: string, sectorSize: number, found: number): Obstacle[] {
  if (found === sectorSize || sectorSize === 2048) return [];
  return [
    {
      code: 'sector_size_mismatch',
      blocking: true,
      message: `The partition table of "${path}" was written for sectors of ${found} bytes, but the image has ${sectorSize}.`,
      remedy:
        found === 4096
          ? 'Boot it on the bus "nvme" or "virtio", which carry sectors of 4096 bytes.'
          : `Attach the disk with logical_block_size=${found}.`,
    },
  ];
}
