import { SparseFile } from './sparse-file.ts';
import {
  diskType,
  encodeDynamicHeader,
  encodeFooter,
  encodeLocator,
  type FooterFields,
  type Locator,
} from './vhd-layout.ts';

export interface VhdOptions {
  readonly virtualSize: number;
  /** Default: 2 MiB. */
  readonly blockSize?: number | undefined;
  readonly fixed?: boolean | undefined;
  /** By which children know this file, in hexadecimal. */
  readonly id?: string | undefined;
  /** Makes a differencing disk. */
  readonly parent?:
    | { readonly id: string; readonly name?: string | undefined; readonly locators?: readonly Locator[] | undefined }
    | undefined;
}

const sectorSize = 512;
const unused = 0xffffffff;
const roundUp = (value: number) => Math.ceil(value / sectorSize) * sectorSize;

/** Writes a VHD by the published layout: blocks are added as they are written to, each behind its sector bitmap. */
export class VhdWriter {
  readonly file: SparseFile;
  readonly blockSize: number;
  readonly blocks: number;
  readonly tableOffset = 1536;
  readonly bitmapSize: number;
  readonly id: string;
  readonly #options: VhdOptions;
  #end: number;

  constructor(path: string, options: VhdOptions) {
    this.#options = options;
    this.file = new SparseFile(path);
    this.blockSize = options.blockSize ?? 2 * 1024 * 1024;
    this.blocks = Math.ceil(options.virtualSize / this.blockSize);
    this.bitmapSize = roundUp(this.blockSize / sectorSize / 8);
    this.id = options.id ?? '0123456789abcdef0123456789abcdef';
    this.#end = options.fixed ? options.virtualSize : this.tableOffset + roundUp(this.blocks * 4);
    if (!options.fixed) this.#writeHead();
  }

  get #footer(): FooterFields {
    const { virtualSize, fixed, parent } = this.#options;
    const type = fixed ? diskType.fixed : parent ? diskType.differencing : diskType.dynamic;
    return { type, virtualSize, id: this.id };
  }

  #writeHead(): void {
    const { parent } = this.#options;
    const locators = (parent?.locators ?? []).map(locator => {
      const offset = this.#end;
      const text = encodeLocator(locator);
      this.file.write(offset, text);
      this.#end += Math.max(sectorSize, roundUp(text.length));
      return { ...locator, offset };
    });
    this.file.write(0, encodeFooter(this.#footer));
    this.file.write(
      512,
      encodeDynamicHeader({
        tableOffset: this.tableOffset,
        entries: this.blocks,
        blockSize: this.blockSize,
        parentId: parent?.id,
        parentName: parent?.name,
        locators,
      }),
    );
    this.file.write(this.tableOffset, Buffer.alloc(roundUp(this.blocks * 4), 0xff));
    this.file.extend(this.#end);
  }

  /** Writes whole sectors anywhere on the virtual disk. */
  write(offset: number, bytes: Buffer): void {
    if (this.#options.fixed) {
      this.file.write(offset, bytes);
      return;
    }
    for (let done = 0; done < bytes.length; ) {
      const block = Math.floor((offset + done) / this.blockSize);
      const within = offset + done - block * this.blockSize;
      const length = Math.min(bytes.length - done, this.blockSize - within);
      const place = this.#placeOf(block);
      this.file.write(place + this.bitmapSize + within, bytes.subarray(done, done + length));
      this.#setSectors(place, within / sectorSize, (within + length) / sectorSize);
      done += length;
    }
  }

  #placeOf(block: number): number {
    const entry = this.file.read(this.tableOffset + block * 4, 4).readUInt32BE();
    if (entry !== unused) return entry * sectorSize;
    const place = this.#end;
    this.#end += this.bitmapSize + this.blockSize;
    this.file.extend(this.#end);
    this.#writeEntry(block, place / sectorSize);
    return place;
  }

  #writeEntry(block: number, sector: number): void {
    this.file.write(this.tableOffset + block * 4, Buffer.from([sector >>> 24, sector >>> 16, sector >>> 8, sector]));
  }

  #setSectors(place: number, first: number, end: number): void {
    const from = first >> 3;
    const bits = this.file.read(place + from, ((end + 7) >> 3) - from);
    for (let bit = first; bit < end; bit++)
      bits[(bit >> 3) - from] = (bits[(bit >> 3) - from] as number) | (0x80 >> (bit & 7));
    this.file.write(place + from, bits);
  }

  /** Takes a block away again: zeros, or what the parent has. */
  drop(block: number): void {
    if (!this.#options.fixed) this.#writeEntry(block, unused);
  }

  close(): void {
    this.file.extend(this.#end);
    this.file.write(this.#end, encodeFooter(this.#footer));
    this.file.close();
  }
}
