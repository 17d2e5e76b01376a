import type { TableEntry } from './partition-table.ts';

const tableStart = 446;

/** Whether a boot sector ends in 55 AA. */
export function hasBootSignature(sector: Buffer): boolean {
  return sector.length >= 512 && sector.readUInt16LE(510) === 0xaa55;
}

/** The primary partitions of an MBR, or undefined when its entries can not be a partition table. */
export function readMbrEntries(sector: Buffer, sectorSize: number): TableEntry[] | undefined {
  const entries: TableEntry[] = [];
  for (let index = 0; index < 4; index++) {
    const at = tableStart + index * 16;
    const status = sector.readUInt8(at);
    if ((status & 0x7f) !== 0) return undefined;
    const entry = readMbrEntry(sector, at, sectorSize);
    if (entry) entries.push({ ...entry, number: index + 1 });
  }
  return entries;
}

/** One entry of 16 bytes, its start relative to whatever the table counts from; undefined when unused. */
export function readMbrEntry(sector: Buffer, at: number, sectorSize: number): Omit<TableEntry, 'number'> | undefined {
  const type = sector.readUInt8(at + 4);
  const sectors = sector.readUInt32LE(at + 12);
  if (type === 0 || sectors === 0) return undefined;
  return {
    start: sector.readUInt32LE(at + 8) * sectorSize,
    size: sectors * sectorSize,
    type: `0x${type.toString(16).padStart(2, '0')}`,
    active: sector.readUInt8(at) === 0x80,
  };
}
