import { crc32c } from '../../../src/disk/source/crc32c.ts';
import { guidBytes } from './disk-layout.ts';

const kibibyte = 1024;
const mebibyte = 1024 * 1024;

export interface VhdxRecipe {
  readonly virtualSize: number;
  readonly blockSize?: number;
  readonly sectorSize?: 512 | 4096;
  readonly fixed?: boolean;
  /** Block number to state and content; the content is padded to a block. */
  readonly blocks?: ReadonlyMap<number, { state: number; content?: Buffer }>;
  /** Present sectors of the chunk's bitmap, when a block is partly present. */
  readonly bitmap?: Buffer;
  readonly parent?: Readonly<Record<string, string>>;
  /** By which a child knows this file. */
  readonly dataWriteId?: string;
  readonly logId?: Buffer;
  readonly logBytes?: Buffer;
  /** Sequence numbers of the two headers. */
  readonly sequences?: readonly [number, number];
}

const ids = {
  blockTable: '6677c22d23f600429d64115e9bfd4a08',
  metadata: '06a27c8b90479a4bb8fe575f050f886e',
  fileParameters: '3767a1ca36fa434db3b633f0aa44e76b',
  virtualSize: '2442a52f1bcd7648b2115dbed83bf4b8',
  sectorSize: '1dbf41816fa90947ba47f233a8faab5f',
  parentLocator: '2d5fd3a80bb34d45abf7d3d84834ab0c',
};
const vhdxLocator = 'b04aefb7-d19e-4a81-b789-25b8e9445913';

/** Writes a VHDX by the published layout, independent of the reader: header, region table, metadata, block table, blocks. */
export function makeVhdx(recipe: VhdxRecipe): Buffer {
  const blockSize = recipe.blockSize ?? mebibyte;
  const sectorSize = recipe.sectorSize ?? 512;
  const ratio = (2 ** 23 * sectorSize) / blockSize;
  const blocks = recipe.blocks ?? new Map();
  const table = Buffer.alloc(mebibyte);
  const payload: Buffer[] = [];
  let next = 4 * mebibyte;
  const place = (content: Buffer, size: number): number => {
    const offset = next;
    payload.push(Buffer.concat([content, Buffer.alloc(size - content.length)]));
    next += size;
    return offset;
  };
  for (const [block, { state, content }] of blocks) {
    const offset = content ? place(content, blockSize) : 0;
    table.writeBigUInt64LE(BigInt(offset) | BigInt(state), (block + Math.floor(block / ratio)) * 8);
  }
  if (recipe.bitmap) {
    const offset = place(recipe.bitmap, mebibyte);
    table.writeBigUInt64LE(BigInt(offset) | 6n, ratio * 8);
  }
  const log = Buffer.concat([recipe.logBytes ?? Buffer.alloc(0), Buffer.alloc(mebibyte)]).subarray(0, mebibyte);
  const head = Buffer.alloc(mebibyte);
  head.write('vhdxfile', 0, 'latin1');
  const [first, second] = recipe.sequences ?? [1, 2];
  makeHeader(recipe, first).copy(head, 64 * kibibyte);
  makeHeader(recipe, second).copy(head, 128 * kibibyte);
  makeRegions().copy(head, 192 * kibibyte);
  makeRegions().copy(head, 256 * kibibyte);
  return Buffer.concat([head, log, makeMetadata(recipe, blockSize, sectorSize), table, ...payload]);
}

function makeHeader(recipe: VhdxRecipe, sequence: number): Buffer {
  const header = Buffer.alloc(4 * kibibyte);
  header.write('head', 0, 'latin1');
  header.writeBigUInt64LE(BigInt(sequence), 8);
  if (recipe.dataWriteId !== undefined) guidBytes(recipe.dataWriteId).copy(header, 32);
  recipe.logId?.copy(header, 48);
  header.writeUInt16LE(1, 66);
  header.writeUInt32LE(mebibyte, 68);
  header.writeBigUInt64LE(BigInt(mebibyte), 72);
  header.writeUInt32LE(crc32c(header), 4);
  return header;
}

function makeRegions(): Buffer {
  const regions = Buffer.alloc(64 * kibibyte);
  regions.write('regi', 0, 'latin1');
  regions.writeUInt32LE(2, 8);
  const entries = [
    [ids.blockTable, 3 * mebibyte],
    [ids.metadata, 2 * mebibyte],
  ] as const;
  for (const [index, [id, offset]] of entries.entries()) {
    regions.write(id, 16 + index * 32, 'hex');
    regions.writeBigUInt64LE(BigInt(offset), 32 + index * 32);
    regions.writeUInt32LE(mebibyte, 40 + index * 32);
    regions.writeUInt32LE(1, 44 + index * 32);
  }
  regions.writeUInt32LE(crc32c(regions), 4);
  return regions;
}

function makeMetadata(recipe: VhdxRecipe, blockSize: number, sectorSize: number): Buffer {
  const metadata = Buffer.alloc(mebibyte);
  metadata.write('metadata', 0, 'latin1');
  const parameters = Buffer.alloc(8);
  parameters.writeUInt32LE(blockSize);
  parameters.writeUInt32LE((recipe.fixed ? 1 : 0) | (recipe.parent ? 2 : 0), 4);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(recipe.virtualSize));
  const sector = Buffer.alloc(4);
  sector.writeUInt32LE(sectorSize);
  const items: [string, Buffer][] = [
    [ids.fileParameters, parameters],
    [ids.virtualSize, size],
    [ids.sectorSize, sector],
  ];
  if (recipe.parent) items.push([ids.parentLocator, makeLocator(recipe.parent)]);
  metadata.writeUInt16LE(items.length, 10);
  let offset = 64 * kibibyte;
  for (const [index, [id, value]] of items.entries()) {
    const at = 32 + index * 32;
    metadata.write(id, at, 'hex');
    metadata.writeUInt32LE(offset, at + 16);
    metadata.writeUInt32LE(value.length, at + 20);
    metadata.writeUInt32LE(4, at + 24);
    value.copy(metadata, offset);
    offset += value.length;
  }
  return metadata;
}

function makeLocator(parent: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(parent);
  const head = Buffer.alloc(20 + entries.length * 12);
  guidBytes(vhdxLocator).copy(head);
  head.writeUInt16LE(entries.length, 18);
  const texts: Buffer[] = [];
  let offset = head.length;
  for (const [index, [key, value]] of entries.entries()) {
    const keyText = Buffer.from(key, 'utf16le');
    const valueText = Buffer.from(value, 'utf16le');
    const at = 20 + index * 12;
    head.writeUInt32LE(offset, at);
    head.writeUInt32LE(offset + keyText.length, at + 4);
    head.writeUInt16LE(keyText.length, at + 8);
    head.writeUInt16LE(valueText.length, at + 10);
    texts.push(keyText, valueText);
    offset += keyText.length + valueText.length;
  }
  return Buffer.concat([head, ...texts]);
}
