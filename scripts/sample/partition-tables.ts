import { crc32 } from 'node:zlib';

export const sectorSize = 512;
/** Partitions start on whole MiB, as every partitioner of the last fifteen years does it. */
export const alignment = 1024 * 1024;

export interface PlannedPartition {
  /** Bytes on the disk. */
  start: number;
  size: number;
  kind: 'esp' | 'linux' | 'bios-boot';
  name: string;
}

const typeGuids: Record<PlannedPartition['kind'], string> = {
  esp: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B',
  linux: '0FC63DAF-8483-4772-8E79-3D69D8477DE4',
  'bios-boot': '21686148-6449-6E6F-744E-656564454649',
};
const typeBytes: Record<PlannedPartition['kind'], number> = { esp: 0xef, linux: 0x83, 'bios-boot': 0xda };

/** A GUID as GPT stores it: the first three groups little-endian. */
function encodeGuid(guid: string): Buffer {
  const bytes = Buffer.from(guid.replaceAll('-', ''), 'hex');
  return Buffer.concat([
    bytes.subarray(0, 4).reverse(),
    bytes.subarray(4, 6).reverse(),
    bytes.subarray(6, 8).reverse(),
    bytes.subarray(8),
  ]);
}

/** Fixed identifiers: the same request builds the same disk. */
const diskGuid = '6D4E7B10-5A3C-4B52-9C06-7D3B1F2A0001';
const partitionGuid = (index: number) =>
  `6D4E7B10-5A3C-4B52-9C06-7D3B1F2A01${(index + 1).toString(16).padStart(2, '0')}`;
const diskSignature = 0x4d42_5642;

function encodeGptEntries(partitions: PlannedPartition[]): Buffer {
  const entries = Buffer.alloc(128 * 128);
  for (const [index, partition] of partitions.entries()) {
    const entry = entries.subarray(index * 128, (index + 1) * 128);
    encodeGuid(typeGuids[partition.kind]).copy(entry, 0);
    encodeGuid(partitionGuid(index)).copy(entry, 16);
    entry.writeBigUInt64LE(BigInt(partition.start / sectorSize), 32);
    entry.writeBigUInt64LE(BigInt((partition.start + partition.size) / sectorSize - 1), 40);
    entry.write(partition.name, 56, 'utf16le');
  }
  return entries;
}

function encodeGptHeader(entries: Buffer, own: number, other: number, entriesAt: number, last: number): Buffer {
  const header = Buffer.alloc(sectorSize);
  header.write('EFI PART', 0, 'latin1');
  header.writeUInt32LE(0x0001_0000, 8);
  header.writeUInt32LE(92, 12);
  header.writeBigUInt64LE(BigInt(own), 24);
  header.writeBigUInt64LE(BigInt(other), 32);
  header.writeBigUInt64LE(34n, 40);
  header.writeBigUInt64LE(BigInt(last - 33), 48);
  encodeGuid(diskGuid).copy(header, 56);
  header.writeBigUInt64LE(BigInt(entriesAt), 72);
  header.writeUInt32LE(128, 80);
  header.writeUInt32LE(128, 84);
  header.writeUInt32LE(crc32(entries), 88);
  header.writeUInt32LE(crc32(header.subarray(0, 92)), 16);
  return header;
}

function encodeMbrEntry(type: number, active: boolean, firstSector: number, sectors: number): Buffer {
  const entry = Buffer.alloc(16);
  entry[0] = active ? 0x80 : 0;
  // Cylinders, heads and sectors say "use the sector numbers".
  entry.set([0xfe, 0xff, 0xff], 1);
  entry[4] = type;
  entry.set([0xfe, 0xff, 0xff], 5);
  entry.writeUInt32LE(firstSector, 8);
  entry.writeUInt32LE(Math.min(sectors, 0xffff_ffff), 12);
  return entry;
}

/** Pieces of a GPT (protective MBR, both headers, both entry arrays) with the offset of each. */
export function encodeGpt(diskSize: number, partitions: PlannedPartition[]): { offset: number; content: Buffer }[] {
  const last = diskSize / sectorSize - 1;
  const entries = encodeGptEntries(partitions);
  const mbr = Buffer.alloc(sectorSize);
  encodeMbrEntry(0xee, false, 1, last).copy(mbr, 446);
  mbr.writeUInt16BE(0x55aa, 510);
  return [
    { offset: 0, content: mbr },
    { offset: sectorSize, content: encodeGptHeader(entries, 1, last, 2, last) },
    { offset: 2 * sectorSize, content: entries },
    { offset: (last - 32) * sectorSize, content: entries },
    { offset: last * sectorSize, content: encodeGptHeader(entries, last, 1, last - 32, last) },
  ];
}

/** A master boot record: up to 440 bytes of boot code, then at most four partitions, the first of them active. */
export function encodeMbr(bootCode: Buffer, partitions: PlannedPartition[]): Buffer {
  const mbr = Buffer.alloc(sectorSize);
  bootCode.copy(mbr, 0, 0, 440);
  mbr.writeUInt32LE(diskSignature, 440);
  for (const [index, partition] of partitions.entries()) {
    const entry = encodeMbrEntry(
      typeBytes[partition.kind],
      index === 0,
      partition.start / sectorSize,
      partition.size / sectorSize,
    );
    entry.copy(mbr, 446 + index * 16);
  }
  mbr.writeUInt16BE(0x55aa, 510);
  return mbr;
}
