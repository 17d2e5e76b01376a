import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { guidOf, mebibyte } from './vhdx-layout.ts';
import { VhdxWriter } from './vhdx-writer.ts';

export interface VhdxChainOptions {
  /** Number of files, the base included; default: 3. */
  readonly layers?: number;
  /** Bytes of a block; default: 2 MiB. */
  readonly blockSize?: number;
  readonly seed?: number;
  /** Leave the first mebibyte, with the boot loader, right in the base: a wrong merge then shows only later. */
  readonly keepBoot?: boolean;
}

const sector = 512;
const zeros = Buffer.alloc(mebibyte);
/** Sectors that are changed together, or in part. */
const group = 8;

/**
 * Makes a chain of differencing disks out of a raw one: `base.vhdx`, `child-1.avhdx` and so on in a new folder; gives their
 * paths, the base first. About every seventh group of sectors is garbage in some file and right in one above it, and some hold
 * garbage under a block that a child calls zero, so that nothing but the merged view is the raw disk. Streams: the disk may be
 * as large as it likes.
 */
export async function makeVhdxChain(raw: string, folder: string, options: VhdxChainOptions = {}): Promise<string[]> {
  const { layers = 3, blockSize = 2 * mebibyte, seed = 1, keepBoot = false } = options;
  await mkdir(folder, { recursive: true });
  const source = await open(raw, 'r');
  try {
    const { size } = await source.stat();
    const names = Array.from({ length: layers }, (_, index) => (index === 0 ? 'base.vhdx' : `child-${index}.avhdx`));
    const writers = names.map(
      (name, index) =>
        new VhdxWriter(join(folder, name), {
          virtualSize: Math.ceil(size / sector) * sector,
          blockSize,
          dataWriteId: guidOf(seed * 100 + index + 1),
          ...(index > 0 && { parent: locate(folder, names[index - 1] as string, guidOf(seed * 100 + index)) }),
        }),
    );
    const chain = new Chain(writers, seed, keepBoot);
    const buffer = Buffer.alloc(mebibyte);
    for (let offset = 0; offset < size; offset += mebibyte) {
      buffer.fill(0);
      await source.read(buffer, 0, Math.min(mebibyte, size - offset), offset);
      const length = Math.min(mebibyte, Math.ceil((size - offset) / sector) * sector);
      chain.add(offset, Buffer.from(buffer.subarray(0, length)));
    }
    chain.hideZeroBlocks();
    for (const writer of writers) writer.close();
    return writers.map(writer => writer.file.path);
  } finally {
    await source.close();
  }
}

/** All that Hyper-V records of a parent; only the relative path leads anywhere on another machine. */
function locate(folder: string, parent: string, linkage: string): Record<string, string> {
  const place = `${folder.replaceAll('/', '\\')}\\${parent}`;
  return {
    parent_linkage: `{${linkage}}`,
    relative_path: `.\\${parent}`,
    volume_path: `\\\\?\\Volume{26a21bda-a627-11d7-9931-806e6f6e6963}${place}`,
    absolute_win32_path: `\\\\?\\Q:${place}`,
  };
}

class Chain {
  readonly #writers: readonly VhdxWriter[];
  readonly #seed: number;
  readonly #keepBoot: boolean;
  /** Blocks of which nothing was written anywhere. */
  readonly #bare: Set<number>;

  constructor(writers: readonly VhdxWriter[], seed: number, keepBoot: boolean) {
    this.#writers = writers;
    this.#seed = seed;
    this.#keepBoot = keepBoot;
    this.#bare = new Set(Array.from({ length: writers[0]?.blocks ?? 0 }, (_, block) => block));
  }

  /** Spreads a stretch of the raw disk over the files. Stretches of zeros are left out. */
  add(offset: number, content: Buffer): void {
    const [base, ...children] = this.#writers;
    if (!base || content.equals(zeros.subarray(0, content.length))) return;
    this.#bare.delete(Math.floor(offset / base.blockSize));
    const seen = this.#writers.map(() => Buffer.from(content));
    const changed: { layer: number; at: number; length: number }[] = [];
    for (let at = 0; at < content.length; at += group * sector) {
      if (this.#keepBoot && offset + at < mebibyte) continue;
      const chance = mix(this.#seed, offset + at);
      // The boot sector is always one of them.
      if (children.length === 0 || (chance % 7 !== 0 && offset + at > 0)) continue;
      const count = Math.min(1 + ((chance >>> 8) % group), (content.length - at) / sector);
      const right = 1 + ((chance >>> 16) % children.length);
      const wrong = (chance >>> 24) % right;
      const range = { at, length: count * sector };
      for (let layer = wrong; layer < right; layer++) spoil(seen[layer], range, chance + layer);
      for (let layer = Math.max(1, wrong); layer <= right; layer++) changed.push({ layer, ...range });
    }
    base.write(offset, seen[0] ?? content);
    for (const { layer, at, length } of changed) {
      this.#writers[layer]?.write(offset + at, (seen[layer] ?? content).subarray(at, at + length));
    }
  }

  /** Fills some blocks that are zeros with garbage in the base, and lets the first child say that they are zero. */
  hideZeroBlocks(): void {
    const [base, child] = this.#writers;
    if (!base || !child) return;
    let count = 0;
    for (const block of this.#bare) {
      if (count >= 8 || mix(this.#seed, block) % 3 !== 0) continue;
      const offset = block * base.blockSize;
      base.write(offset, Buffer.alloc(Math.min(64 * 1024, base.virtualSize - offset), 'not to be seen '));
      child.mark(block, count % 2 === 0 ? 'zero' : 'unmapped');
      count++;
    }
  }
}

function spoil(bytes: Buffer | undefined, { at, length }: { at: number; length: number }, chance: number): void {
  if (!bytes) return;
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset + at, length / 4);
  for (let index = 0; index < words.length; index++) words[index] = (words[index] as number) ^ mix(chance, index & 7);
}

/** A number that looks random. */
function mix(seed: number, place: number): number {
  let value =
    Math.imul(seed + 0x9e3779b9, 0x85ebca6b) ^ Math.imul(((place % 2 ** 32) | 0) + place / 2 ** 32 + 1, 0xc2b2ae35);
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return (value ^ (value >>> 13)) >>> 0;
}
