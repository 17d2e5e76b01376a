import { crc32 } from 'node:zlib';

export interface GptPartition {
  readonly type: string;
  readonly first: number;
  readonly last: number;
  readonly name?: string;
  readonly attributes?: bigint;
}

/** A GUID in the byte order in which Microsoft stores it. */
export function guidBytes(guid: string): Buffer {
  const [first = '', second = '', third = '', fourth = '', fifth = ''] = guid.split('-');
  const reversed = (hex: string) => Buffer.from(hex, 'hex').reverse();
  return Buffer.concat([reversed(first), reversed(second), reversed(third), Buffer.from(fourth + fifth, 'hex')]);
}

/** One entry of an MBR. */
export function mbrEntry(type: number, start: number, sectors: number, active = false): Buffer {
  const entry = Buffer.alloc(16);
  entry.writeUInt8(active ? 0x80 : 0, 0);
  entry.writeUInt8(type, 4);
  entry.writeUInt32LE(start, 8);
  entry.writeUInt32LE(sectors, 12);
  return entry;
}

/** An MBR with up to four entries, and code when asked. */
export function mbrSector(entries: readonly Buffer[], code: string | Buffer = ''): Buffer {
  const sector = Buffer.alloc(512);
  Buffer.from(code).copy(sector, 0);
  for (const [index, entry] of entries.entries()) entry.copy(sector, 446 + index * 16);
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

/** A whole disk with a GPT, its backup and a protective MBR. */
export function gptDisk(size: number, partitions: readonly GptPartition[], sectorSize = 512): Buffer {
  const disk = Buffer.alloc(size);
  const sectors = size / sectorSize;
  mbrSector([mbrEntry(0xee, 1, sectors - 1)]).copy(disk);
  const table = Buffer.alloc(128 * 128);
  for (const [index, partition] of partitions.entries()) {
    const at = index * 128;
    guidBytes(partition.type).copy(table, at);
    guidBytes(`00000000-0000-0000-0000-00000000000${index + 1}`).copy(table, at + 16);
    table.writeBigUInt64LE(BigInt(partition.first), at + 32);
    table.writeBigUInt64LE(BigInt(partition.last), at + 40);
    table.writeBigUInt64LE(partition.attributes ?? 0n, at + 48);
    table.write(partition.name ?? '', at + 56, 'utf16le');
  }
  const tableSectors = table.length / sectorSize;
  table.copy(disk, 2 * sectorSize);
  table.copy(disk, size - sectorSize - table.length);
  gptHeader(table, 1, sectors - 1, 2, sectorSize).copy(disk, sectorSize);
  gptHeader(table, sectors - 1, 1, sectors - 1 - tableSectors, sectorSize).copy(disk, size - sectorSize);
  return disk;
}

function gptHeader(table: Buffer, own: number, other: number, place: number, sectorSize: number): Buffer {
  const header = Buffer.alloc(sectorSize);
  header.write('EFI PART', 0, 'latin1');
  header.writeUInt32LE(0x10000, 8);
  header.writeUInt32LE(92, 12);
  header.writeBigUInt64LE(BigInt(own), 24);
  header.writeBigUInt64LE(BigInt(other), 32);
  header.writeBigUInt64LE(BigInt(place), 72);
  header.writeUInt32LE(128, 80);
  header.writeUInt32LE(128, 84);
  header.writeUInt32LE(crc32(table), 88);
  header.writeUInt32LE(crc32(header.subarray(0, 92)), 16);
  return header;
}
