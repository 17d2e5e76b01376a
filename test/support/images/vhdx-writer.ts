import { SparseFile } from './sparse-file.ts';
import { VhdxJournal } from './vhdx-journal.ts';
import {
  encodeBlockEntry,
  encodeHeader,
  encodeMetadata,
  encodeParentLocator,
  encodeRegionTable,
  guidOf,
  headerOffsets,
  listItems,
  mebibyte,
  payloadState,
  regionIds,
  regionTableOffsets,
} from './vhdx-layout.ts';

export interface VhdxOptions {
  readonly virtualSize: number;
  /** Default: 1 MiB. */
  readonly blockSize?: number | undefined;
  /** Default: 512. */
  readonly sectorSize?: 512 | 4096 | undefined;
  /** All blocks are there from the beginning. */
  readonly fixed?: boolean | undefined;
  /** By which children know this file. */
  readonly dataWriteId?: string | undefined;
  /** Keys of the parent locator; makes a differencing disk. */
  readonly parent?: Readonly<Record<string, string>> | undefined;
  readonly logLength?: number | undefined;
  /** Changes of the tables go into the log alone until they are applied; without it they go straight to their place. */
  readonly journal?: { readonly firstEntryAt?: number; readonly sequence?: bigint } | undefined;
  /** Leave the file as short as the data that was written: the log alone tells where the last block ends. */
  readonly growLate?: boolean | undefined;
  /** Mebibytes to leave unused before each block. */
  readonly gap?: number | undefined;
  /** The order in which the parts stand in the file; what comes after "blocks" stands far behind them. */
  readonly order?: readonly Part[] | undefined;
}

export type Part = 'log' | 'metadata' | 'table' | 'blocks';
const usualOrder: readonly Part[] = ['log', 'metadata', 'table', 'blocks'];
/** Where parts stand that come after the blocks. */
const farAway = 2 ** 42;

/** States that a block can be put into without data. */
export type EmptyState = 'absent' | 'undefined' | 'zero' | 'unmapped';

const bitmapSectors = 2 ** 23;

/**
 * Writes a VHDX by the published layout: blocks are added as they are written to, in a differencing disk with a sector bitmap.
 * Everything is sparse, so that neither large disks nor large blocks take up room.
 */
export class VhdxWriter {
  readonly file: SparseFile;
  readonly journal: VhdxJournal | undefined;
  readonly dataWriteId: string;
  readonly blockSize: number;
  readonly sectorSize: number;
  readonly virtualSize: number;
  readonly blocks: number;
  readonly chunkRatio: number;
  readonly logOffset: number;
  readonly logLength: number;
  readonly metadataOffset: number;
  readonly tableOffset: number;
  readonly tableLength: number;
  readonly #options: VhdxOptions;
  /** Where the last block ends. */
  #end: number;

  constructor(path: string, options: VhdxOptions) {
    this.#options = options;
    this.file = new SparseFile(path);
    this.virtualSize = options.virtualSize;
    this.blockSize = options.blockSize ?? mebibyte;
    this.sectorSize = options.sectorSize ?? 512;
    this.dataWriteId = options.dataWriteId ?? guidOf(1);
    this.blocks = Math.ceil(this.virtualSize / this.blockSize);
    this.chunkRatio = (bitmapSectors * this.sectorSize) / this.blockSize;
    this.logLength = options.logLength ?? mebibyte;
    const chunks = Math.ceil(this.blocks / this.chunkRatio);
    this.tableLength = Math.ceil((chunks * (this.chunkRatio + 1) * 8) / mebibyte) * mebibyte;
    const sizes = { log: this.logLength, metadata: mebibyte, table: this.tableLength, blocks: 0 };
    const places = { log: 0, metadata: 0, table: 0, blocks: 0 };
    let end = mebibyte;
    for (const part of options.order ?? usualOrder) {
      places[part] = end;
      end = part === 'blocks' ? farAway : end + sizes[part];
    }
    this.logOffset = places.log;
    this.metadataOffset = places.metadata;
    this.tableOffset = places.table;
    this.#end = places.blocks;
    this.file.extend(Math.max(...Object.values(places)) + mebibyte);
    this.file.extend(this.tableOffset + this.tableLength);
    this.file.extend(this.logOffset + this.logLength);
    this.journal = options.journal && new VhdxJournal(this.file, this.logOffset, this.logLength, options.journal);
    this.#writeHead();
    if (options.fixed) this.#allocateAll();
  }

  #writeHead(): void {
    const { parent, fixed = false } = this.#options;
    this.file.write(0, Buffer.concat([Buffer.from('vhdxfile'), Buffer.from('test writer', 'utf16le')]));
    const regions = encodeRegionTable([
      { id: regionIds.blockTable, offset: this.tableOffset, length: this.tableLength },
      { id: regionIds.metadata, offset: this.metadataOffset, length: mebibyte },
    ]);
    for (const offset of regionTableOffsets) this.file.write(offset, regions);
    const { virtualSize, blockSize, sectorSize } = this;
    const locator = parent && encodeParentLocator(parent);
    this.file.write(
      this.metadataOffset,
      encodeMetadata(listItems({ virtualSize, blockSize, sectorSize, fixed, locator })),
    );
    this.#writeHeaders(undefined);
  }

  #writeHeaders(logId: string | undefined): void {
    const { dataWriteId, logOffset, logLength } = this;
    for (const [index, offset] of headerOffsets.entries()) {
      const sequence = BigInt(index + (logId === undefined ? 1 : 3));
      this.file.write(offset, encodeHeader({ sequence, dataWriteId, logId, logOffset, logLength }));
    }
  }

  #allocateAll(): void {
    const table = Buffer.alloc((this.blocks + Math.floor((this.blocks - 1) / this.chunkRatio)) * 8);
    for (let block = 0; block < this.blocks; block++) {
      encodeBlockEntry(payloadState.present, this.#end).copy(table, this.#payloadIndex(block) * 8);
      this.#end += this.blockSize;
    }
    this.file.write(this.tableOffset, table);
    this.file.extend(this.#end);
  }

  #payloadIndex(block: number): number {
    return block + Math.floor(block / this.chunkRatio);
  }

  /** Where in the file the entry of a block stands, and that of the bitmap of its chunk. */
  entryOffset(block: number): number {
    return this.tableOffset + this.#payloadIndex(block) * 8;
  }

  bitmapEntryOffset(block: number): number {
    return this.tableOffset + ((Math.floor(block / this.chunkRatio) + 1) * (this.chunkRatio + 1) - 1) * 8;
  }

  #readTable(offset: number, length: number): Buffer {
    return this.journal ? this.journal.read(offset, length) : this.file.read(offset, length);
  }

  /** Changes a table: in its place, or with a journal in memory until the next commit. */
  patchTable(offset: number, bytes: Buffer): void {
    if (this.journal) this.journal.change(offset, bytes);
    else this.file.write(offset, bytes);
  }

  #readEntry(offset: number): { state: number; place: number } {
    const entry = this.#readTable(offset, 8).readBigUInt64LE();
    return { state: Number(entry & 7n), place: Number(entry >> 20n) * mebibyte };
  }

  #allocate(length: number): number {
    const place = this.#end + (this.#options.gap ?? 0) * mebibyte;
    this.#end = place + length;
    this.journal?.noteEnd(this.#end);
    if (!this.#options.growLate) this.file.extend(this.#end);
    return place;
  }

  /** Writes whole sectors anywhere on the virtual disk. */
  write(offset: number, bytes: Buffer): void {
    for (let done = 0; done < bytes.length; ) {
      const block = Math.floor((offset + done) / this.blockSize);
      const within = offset + done - block * this.blockSize;
      const length = Math.min(bytes.length - done, this.blockSize - within);
      this.#writeInBlock(block, within, bytes.subarray(done, done + length));
      done += length;
    }
  }

  #writeInBlock(block: number, within: number, bytes: Buffer): void {
    const entryOffset = this.entryOffset(block);
    const { state, place: known } = this.#readEntry(entryOffset);
    const held = state === payloadState.present || state === payloadState.partlyPresent;
    const place = held ? known : this.#allocate(this.blockSize);
    this.file.write(place + within, bytes);
    if (state === payloadState.present) return;
    const isNewPart = this.#options.parent !== undefined && state === payloadState.absent;
    if (isNewPart) this.#setSectors(block, 0, this.blockSize, false);
    if (isNewPart || state === payloadState.partlyPresent) this.#setSectors(block, within, bytes.length, true);
    const isPart = (isNewPart || state === payloadState.partlyPresent) && !this.#isComplete(block);
    const next = isPart ? payloadState.partlyPresent : payloadState.present;
    if (!held || next !== state) this.patchTable(entryOffset, encodeBlockEntry(next, place));
  }

  #bitmapPlace(block: number): number {
    const entryOffset = this.bitmapEntryOffset(block);
    const { state, place } = this.#readEntry(entryOffset);
    if (state === payloadState.present) return place;
    const made = this.#allocate(mebibyte);
    this.patchTable(entryOffset, encodeBlockEntry(payloadState.present, made));
    return made;
  }

  #bitsOf(block: number, within: number, length: number): { first: number; end: number } {
    const start = (block % this.chunkRatio) * (this.blockSize / this.sectorSize);
    return { first: start + within / this.sectorSize, end: start + (within + length) / this.sectorSize };
  }

  #setSectors(block: number, within: number, length: number, present: boolean): void {
    const place = this.#bitmapPlace(block);
    const { first, end } = this.#bitsOf(block, within, length);
    const from = first >> 3;
    const bits = this.#readTable(place + from, ((end + 7) >> 3) - from);
    const before = Buffer.from(bits);
    for (let bit = first; bit < end; bit++) {
      const mask = 1 << (bit & 7);
      const at = (bit >> 3) - from;
      bits[at] = present ? (bits[at] as number) | mask : (bits[at] as number) & ~mask;
    }
    if (!bits.equals(before)) this.patchTable(place + from, bits);
  }

  #isComplete(block: number): boolean {
    const { first, end } = this.#bitsOf(block, 0, this.blockSize);
    // Blocks have at least 256 sectors, so that their bits fill whole bytes.
    const bits = this.#readTable(this.#bitmapPlace(block) + (first >> 3), (end - first) >> 3);
    return bits.every(byte => byte === 255);
  }

  /** Puts a block into a state without data; `keepPlace` leaves in the table where its data was, as the format allows. */
  mark(block: number, state: EmptyState, keepPlace = false): void {
    const offset = this.entryOffset(block);
    const place = keepPlace ? this.#readEntry(offset).place : 0;
    this.patchTable(offset, encodeBlockEntry(payloadState[state], place));
  }

  /** Closes the file: with what the journal holds left in the log, or all of it applied. */
  close({ dirty = false } = {}): void {
    if (this.journal) {
      if (dirty) this.journal.commit();
      else this.journal.applyAll();
    }
    this.#writeHeaders(dirty ? this.journal?.logId : undefined);
    this.file.close();
  }
}
