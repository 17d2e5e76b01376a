// The structures of a VHDX as [MS-VHDX] lays them out, written down for tests: nothing here comes from the reader.

export const kibibyte = 1024;
export const mebibyte = 1024 * 1024;
/** Bytes in which the log counts, and which it puts in their place. */
export const logSector = 4096;

export const headerOffsets = [64 * kibibyte, 128 * kibibyte] as const;
export const regionTableOffsets = [192 * kibibyte, 256 * kibibyte] as const;

/** Payload states of the block allocation table. */
export const payloadState = { absent: 0, undefined: 1, zero: 2, unmapped: 3, present: 6, partlyPresent: 7 } as const;

const castagnoli = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value >>> 0;
});

/** CRC-32C, a byte at a time. */
export function sumCrc32c(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = (castagnoli[(sum ^ byte) & 255] as number) ^ (sum >>> 8);
  return ~sum >>> 0;
}

/** Puts the sum of a whole structure into its field at byte 4. */
export function sealVhdx<Bytes extends Buffer>(structure: Bytes): Bytes {
  structure.writeUInt32LE(0, 4);
  structure.writeUInt32LE(sumCrc32c(structure), 4);
  return structure;
}

/** A GUID as Microsoft stores it: the first three parts with the lowest byte first. */
export function encodeGuid(guid: string): Buffer {
  const parts = guid.replace(/[{}]/g, '').split('-');
  const bytes = parts.map((part, index) => (index < 3 ? Buffer.from(part, 'hex').reverse() : Buffer.from(part, 'hex')));
  return Buffer.concat(bytes);
}

/** A GUID that a number stands for. */
export function guidOf(number: number): string {
  const digits = (value: number, length: number) => value.toString(16).padStart(length, '0').slice(-length);
  return `${digits((number * 2654435761) >>> 0, 8)}-1234-4abc-8def-${digits(number, 12)}`;
}

export interface VhdxHeaderFields {
  readonly sequence: bigint;
  readonly dataWriteId: string;
  /** Undefined for an empty log. */
  readonly logId?: string | undefined;
  readonly logOffset: number;
  readonly logLength: number;
  readonly version?: number;
  readonly logVersion?: number;
}

export function encodeHeader(fields: VhdxHeaderFields): Buffer {
  const header = Buffer.alloc(4 * kibibyte);
  header.write('head', 0, 'latin1');
  header.writeBigUInt64LE(fields.sequence, 8);
  encodeGuid(fields.dataWriteId).copy(header, 32);
  // The id of the file's content is another one for every file and writer.
  for (let at = 0; at < 16; at++) header[16 + at] = (header[32 + at] as number) ^ (0xa5 + at);
  if (fields.logId !== undefined) encodeGuid(fields.logId).copy(header, 48);
  header.writeUInt16LE(fields.logVersion ?? 0, 64);
  header.writeUInt16LE(fields.version ?? 1, 66);
  header.writeUInt32LE(fields.logLength, 68);
  header.writeBigUInt64LE(BigInt(fields.logOffset), 72);
  return sealVhdx(header);
}

export const regionIds = {
  blockTable: '2dc27766-f623-4200-9d64-115e9bfd4a08',
  metadata: '8b7ca206-4790-4b9a-b8fe-575f050f886e',
} as const;

export interface RegionFields {
  readonly id: string;
  readonly offset: number;
  readonly length: number;
  readonly required?: boolean;
}

export function encodeRegionTable(regions: readonly RegionFields[]): Buffer {
  const table = Buffer.alloc(64 * kibibyte);
  table.write('regi', 0, 'latin1');
  table.writeUInt32LE(regions.length, 8);
  for (const [index, { id, offset, length, required = true }] of regions.entries()) {
    const at = 16 + index * 32;
    encodeGuid(id).copy(table, at);
    table.writeBigUInt64LE(BigInt(offset), at + 16);
    table.writeUInt32LE(length, at + 24);
    table.writeUInt32LE(required ? 1 : 0, at + 28);
  }
  return sealVhdx(table);
}

export const itemIds = {
  fileParameters: 'caa16737-fa36-4d43-b3b6-33f0aa44e76b',
  virtualSize: '2fa54224-cd1b-4876-b211-5dbed83bf4b8',
  diskId: 'beca12ab-b2e6-4523-93ef-c309e000c746',
  sectorSize: '8141bf1d-a96f-4709-ba47-f233a8faab5f',
  physicalSectorSize: 'cda348c7-445d-4471-9cc9-e9885251c556',
  parentLocator: 'a8d35f2d-b30b-454d-abf7-d3d84834ab0c',
} as const;

/** Bits of a metadata item. */
export const itemFlag = { user: 1, disk: 2, required: 4 } as const;

export interface MetadataItem {
  readonly id: string;
  readonly flags: number;
  readonly content: Buffer;
}

export interface DiskFields {
  readonly virtualSize: number;
  readonly blockSize: number;
  readonly sectorSize: number;
  readonly fixed?: boolean;
  /** The parent locator of a differencing disk. */
  readonly locator?: Buffer | undefined;
  readonly diskId?: string;
}

/** The items that every disk has. */
export function listItems(fields: DiskFields): MetadataItem[] {
  const parameters = Buffer.alloc(8);
  parameters.writeUInt32LE(fields.blockSize);
  parameters.writeUInt32LE((fields.fixed ? 1 : 0) | (fields.locator ? 2 : 0), 4);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(fields.virtualSize));
  const number = (value: number) => Buffer.from(Uint32Array.of(value).buffer);
  const { disk, required } = itemFlag;
  return [
    { id: itemIds.fileParameters, flags: required, content: parameters },
    { id: itemIds.virtualSize, flags: disk | required, content: size },
    { id: itemIds.sectorSize, flags: disk | required, content: number(fields.sectorSize) },
    { id: itemIds.physicalSectorSize, flags: disk | required, content: number(4096) },
    { id: itemIds.diskId, flags: disk | required, content: encodeGuid(fields.diskId ?? guidOf(7)) },
    ...(fields.locator ? [{ id: itemIds.parentLocator, flags: required, content: fields.locator }] : []),
  ];
}

/** Table and items, from the beginning of the region on. */
export function encodeMetadata(items: readonly MetadataItem[]): Buffer {
  const table = Buffer.alloc(64 * kibibyte);
  table.write('metadata', 0, 'latin1');
  table.writeUInt16LE(items.length, 10);
  let offset = table.length;
  for (const [index, { id, flags, content }] of items.entries()) {
    const at = 32 + index * 32;
    encodeGuid(id).copy(table, at);
    table.writeUInt32LE(offset, at + 16);
    table.writeUInt32LE(content.length, at + 20);
    table.writeUInt32LE(flags, at + 24);
    offset += content.length;
  }
  return Buffer.concat([table, ...items.map(({ content }) => content)]);
}

const vhdxLocator = 'b04aefb7-d19e-4a81-b789-25b8e9445913';

/** The locator of a parent: keys such as `parent_linkage` and `relative_path` with their texts. */
export function encodeParentLocator(entries: Readonly<Record<string, string>>, kind = vhdxLocator): Buffer {
  const pairs = Object.entries(entries);
  const head = Buffer.alloc(20 + pairs.length * 12);
  encodeGuid(kind).copy(head);
  head.writeUInt16LE(pairs.length, 18);
  const texts: Buffer[] = [];
  let offset = head.length;
  for (const [index, [key, value]] of pairs.entries()) {
    const [name, text] = [Buffer.from(key, 'utf16le'), Buffer.from(value, 'utf16le')];
    const at = 20 + index * 12;
    head.writeUInt32LE(offset, at);
    head.writeUInt32LE(offset + name.length, at + 4);
    head.writeUInt16LE(name.length, at + 8);
    head.writeUInt16LE(text.length, at + 10);
    texts.push(name, text);
    offset += name.length + text.length;
  }
  return Buffer.concat([head, ...texts]);
}

/** One entry of the block allocation table. */
export function encodeBlockEntry(state: number, offset = 0): Buffer {
  const entry = Buffer.alloc(8);
  entry.writeBigUInt64LE((BigInt(offset / mebibyte) << 20n) | BigInt(state));
  return entry;
}
