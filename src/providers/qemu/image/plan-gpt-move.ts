import { crc32 } from 'node:zlib';
import { Fault } from '../../../errors/fault.ts';

interface Disk {
  readonly path: string;
  readonly sectorSize: number;
  read(offset: number, length: number, signal?: AbortSignal): Promise<Buffer>;
}

/** Bytes for a place on a disk. */
export interface Patch {
  readonly offset: number;
  readonly bytes: Buffer;
}

const mostTableBytes = 2 ** 20;

/**
 * What has to be written before a disk with an intact GPT is cut down to `newSize`, in this order: the second copy of the
 * table at the new end, then the first sectors, which name it. The disk has a valid table after each of these steps; with
 * the old header alone Linux refuses the whole table, since that names sectors past the end.
 */
export async function planGptMove(disk: Disk, newSize: number, signal: AbortSignal): Promise<Patch[]> {
  const { sectorSize } = disk;
  const head = await disk.read(0, 2 * sectorSize, signal);
  const header = head.subarray(sectorSize);
  const headerSize = header.readUInt32LE(12);
  const tableBytes = header.readUInt32LE(80) * header.readUInt32LE(84);
  if (header.toString('latin1', 0, 8) !== 'EFI PART' || headerSize > sectorSize || tableBytes > mostTableBytes) {
    throw new Fault('unsupported', `The partition table of ${disk.path} is not one that can be moved.`, {
      data: { field: 'image', path: disk.path },
    });
  }
  const tableSectors = Math.ceil(tableBytes / sectorSize);
  const table = Buffer.alloc(tableSectors * sectorSize);
  (await disk.read(Number(header.readBigUInt64LE(72)) * sectorSize, tableBytes, signal)).copy(table);
  const last = Math.floor(newSize / sectorSize) - 1;
  const copyStart = last - tableSectors;
  const backup = Buffer.from(header);
  for (const each of [header, backup]) each.writeBigUInt64LE(BigInt(copyStart - 1), 48);
  header.writeBigUInt64LE(BigInt(last), 32);
  backup.writeBigUInt64LE(BigInt(last), 24);
  backup.writeBigUInt64LE(1n, 32);
  backup.writeBigUInt64LE(BigInt(copyStart), 72);
  for (const each of [header, backup]) sum(each, headerSize);
  shortenProtection(head, last);
  return [
    { offset: copyStart * sectorSize, bytes: Buffer.concat([table, backup]) },
    { offset: 0, bytes: head },
  ];
}

function sum(header: Buffer, headerSize: number): void {
  header.writeUInt32LE(0, 16);
  header.writeUInt32LE(crc32(header.subarray(0, headerSize)), 16);
}

/** The protective entry of the MBR covers the disk behind the MBR itself. */
function shortenProtection(head: Buffer, last: number): void {
  for (let at = 446; at < 510; at += 16) {
    const end = head.readUInt32LE(at + 8) + head.readUInt32LE(at + 12) - 1;
    if (head.readUInt8(at + 4) !== 0xee || end <= last) continue;
    head.writeUInt32LE(last + 1 - head.readUInt32LE(at + 8), at + 12);
  }
}
