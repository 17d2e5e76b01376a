import type { ByteReader } from '../../source/byte-reader.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';
import { readStructure } from '../../source/read-structure.ts';

export interface ClusterLayout {
  readonly bits: 12 | 16 | 32;
  readonly clusterSize: number;
  /** Places in bytes from the start of the volume. */
  readonly tableStart: number;
  readonly tableSize: number;
  readonly dataStart: number;
  readonly clusters: number;
  /** Bits of an entry that count: FAT32 leaves four unused, exFAT none. */
  readonly mask: number;
}

const windowSize = 4096;

/** The table that says which cluster comes after which, in FAT and exFAT. */
export class ClusterTable {
  readonly volume: ByteReader;
  readonly layout: ClusterLayout;
  #window: Buffer = Buffer.alloc(0);
  #windowStart = 0;

  constructor(volume: ByteReader, layout: ClusterLayout) {
    this.volume = volume;
    this.layout = layout;
  }

  /** Where a cluster begins, in bytes. */
  place(cluster: number): number {
    const { clusters, clusterSize, dataStart } = this.layout;
    if (cluster < 2 || cluster >= clusters + 2) throw this.#fail(`names cluster ${cluster}, which does not exist`);
    return dataStart + (cluster - 2) * clusterSize;
  }

  /** The cluster after this one; undefined at the end of a chain. */
  async next(cluster: number, signal?: AbortSignal): Promise<number | undefined> {
    const next = await this.#entry(cluster, signal);
    const { mask, clusters } = this.layout;
    if (next >= 2 && next < clusters + 2) return next;
    // The last eight values end a chain; the one below marks a bad cluster, and zero a free one.
    if (next >= mask - 7) return undefined;
    throw this.#fail(`leads from cluster ${cluster} to ${next}, which is no cluster of a file`);
  }

  async #entry(cluster: number, signal?: AbortSignal): Promise<number> {
    const { bits, mask } = this.layout;
    const at = Math.floor((cluster * bits) / 8);
    const length = bits === 32 ? 4 : 2;
    const start = at - this.#windowStart;
    const isHere = start >= 0 && start + length <= this.#window.length;
    const bytes = isHere ? this.#window : await this.#load(at, length, signal);
    const place = at - this.#windowStart;
    if (bits === 32) return (bytes.readUInt32LE(place) & mask) >>> 0;
    const pair = bytes.readUInt16LE(place);
    // Two entries of 12 bits share three bytes.
    if (bits === 12) return cluster % 2 === 0 ? pair & mask : pair >> 4;
    return pair;
  }

  async #load(at: number, length: number, signal?: AbortSignal): Promise<Buffer> {
    const { tableStart, tableSize } = this.layout;
    if (at + length > tableSize) throw this.#fail('is too short for the clusters of the volume');
    const count = Math.min(windowSize, tableSize - at);
    const bytes = await readStructure(this.volume, 'file allocation table', tableStart + at, count, signal);
    this.#window = bytes;
    this.#windowStart = at;
    return bytes;
  }

  #fail(problem: string) {
    return invalidStructure(this.volume.path, 'file allocation table', this.layout.tableStart, problem);
  }
}
