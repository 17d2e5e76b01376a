import { expect } from 'vitest';
import { describeLayers } from '../../../src/disk/describe-layers.ts';
import type { DiskImage } from '../../../src/disk/disk-image.ts';
import { type OpenOptions, openImage } from '../../../src/disk/open-image.ts';
import { Fault } from '../../../src/errors/fault.ts';
import { diskLayer } from '../../../src/model/image.ts';
import type { Field, MutableImage, Mutation } from './mutable-image.ts';

/** Seconds of processor time that any file may take. */
export const longest = 1;
/** Bytes by which the process may grow. */
export const mostMemory = 200 * 1024 * 1024;
const codes = ['invalid', 'unsupported', 'not_found', 'conflict'];

/** Numbers that look random, the same for the same seed. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 2654435761 + 1) >>> 0 || 1;
  }

  /** Below `limit`. */
  next(limit: number): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }

  pick<Value>(values: readonly Value[]): Value {
    return values[this.next(values.length)] as Value;
  }
}

/** Opens an image and does all with it that can be done: only sound answers or Faults may come out, soon. */
export async function survive(path: string, options: OpenOptions, random: Random): Promise<'opened' | 'refused'> {
  const start = process.cpuUsage();
  const image = await tolerate(() => openImage(path, options));
  if (image) await explore(image, random);
  const used = process.cpuUsage(start);
  expect((used.user + used.system) / 1e6).toBeLessThan(longest);
  return image ? 'opened' : 'refused';
}

async function explore(image: DiskImage, random: Random): Promise<void> {
  try {
    const layers = await tolerate(() => describeLayers(image));
    if (layers) for (const layer of layers) diskLayer.parse(layer);
    for (const layer of image.layers) {
      const problems: number[] = [];
      await tolerate(async () => layer.verify?.({ report: ({ message }) => problems.push(message.length) }));
      expect(problems.length).toBeLessThan(5000);
      expect(problems.every(length => length > 10 && length < 2000)).toBe(true);
    }
    for (let count = 0; count < 6; count++) {
      const length = Math.min(image.virtualSize, 1 + random.next(random.pick([16, 5000, 300_000])));
      const offset = random.pick([0, image.virtualSize - length, random.next(Math.max(1, image.virtualSize - length))]);
      const bytes = await tolerate(() => image.read(offset, length));
      if (bytes) expect(bytes.length).toBe(length);
    }
    await walk(image, random.pick([0, random.next(image.virtualSize)]), 100);
  } finally {
    await image.close();
  }
}

async function walk(image: DiskImage, from: number, steps: number): Promise<void> {
  for (let at = from, step = 0; at < image.virtualSize && step < steps; step++) {
    const piece = await tolerate(async () => image.locate(at, image.virtualSize - at));
    if (piece) {
      expect(piece.length).toBeGreaterThan(0);
      expect(piece.length).toBeLessThanOrEqual(image.virtualSize - at);
    }
    at += piece?.length ?? 65536;
  }
}

/** Undefined for a Fault as there should be one: it names a structure that was looked at before anything of it was read. */
async function tolerate<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    expect(codes).toContain(error.code);
    expect(error.message.length).toBeGreaterThan(20);
    expect(error.message.length).toBeLessThan(20_000);
    if (error.code !== 'invalid') return undefined;
    const { structure, offset } = error.data ?? {};
    expect([typeof structure, typeof offset, Number.isNaN(offset)]).toEqual(['string', 'number', false]);
    expect(['range', 'file']).not.toContain(structure);
    return undefined;
  }
}

/** How a kind of file is damaged. */
export interface FuzzTarget {
  readonly image: MutableImage;
  /** What to open: the image itself or a child of it. */
  readonly path: string;
  readonly options: OpenOptions;
  readonly fields: readonly Field[];
  /** Numbers that mean something in this file: places of its structures, its size. */
  readonly places: readonly number[];
  /** Whether numbers have the highest byte first. */
  readonly bigEndian: boolean;
}

/** Damages a file `cases` times, each time in another way. Tells the seed of whatever goes wrong. */
export async function fuzz(
  target: FuzzTarget,
  cases: number,
  firstSeed: number,
): Promise<{ opened: number; refused: number }> {
  const count = { opened: 0, refused: 0 };
  const before = process.memoryUsage.rss();
  let most = before;
  for (let seed = firstSeed; seed < firstSeed + cases; seed++) {
    const random = new Random(seed);
    const size =
      target.image.canBeCut && random.next(20) === 0
        ? Math.max(1, random.pick([random.next(target.image.size), random.pick(target.places)]))
        : undefined;
    const mutations = Array.from({ length: random.next(4) + (size === undefined ? 1 : 0) }, () =>
      mutate(target, random),
    );
    const mend = target.image.change(mutations, {
      keepSums: random.next(12) === 0,
      ...(size !== undefined && size < target.image.size && { size }),
    });
    try {
      count[await survive(target.path, target.options, random)]++;
    } catch (error) {
      throw new Error(`seed ${seed} of ${target.image.path}`, { cause: error });
    } finally {
      mend();
    }
    if (seed % 200 === 0) most = Math.max(most, process.memoryUsage.rss());
  }
  expect(most - before).toBeLessThan(mostMemory);
  return count;
}

function mutate({ image, fields, places, bigEndian }: FuzzTarget, random: Random): Mutation {
  const field = random.pick(fields);
  const old = image.read(field.offset, field.length);
  const way = random.next(10);
  if (way === 0) return { offset: field.offset, bytes: Buffer.from(Array.from(old, () => random.next(256))) };
  if (way === 1) {
    const bytes = Buffer.from(old);
    const bit = random.next(bytes.length * 8);
    bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
    return { offset: field.offset, bytes };
  }
  // The same kind of thing from elsewhere.
  if (way === 2) {
    const same = fields.filter(({ length }) => length === field.length);
    const other = random.pick(same);
    return { offset: field.offset, bytes: Buffer.from(image.read(other.offset, other.length)) };
  }
  return { offset: field.offset, bytes: encode(hostileNumber(places, random), field.length, bigEndian, old, random) };
}

function hostileNumber(places: readonly number[], random: Random): bigint {
  const near = BigInt(random.pick([0, 0, 0, 1, -1, 512, 4096, 2 ** 20, -(2 ** 20)]));
  const base = random.pick([
    BigInt(random.pick(places)),
    2n ** BigInt(random.next(65)),
    BigInt(random.next(70)),
    2n ** 64n - 1n - BigInt(random.next(3)),
    BigInt(random.pick([0x65676f6c, 0x61746164, 0x63736564, 0x6f72657a])),
  ]);
  return base + near;
}

/** A number in a field; of a longer field only a part of it is one. */
function encode(value: bigint, length: number, bigEndian: boolean, old: Buffer, random: Random): Buffer {
  const bytes = Buffer.from(old);
  const width = Math.min(length, random.pick([8, 8, 4, 2, 1]));
  const at = random.next(Math.floor(length / width)) * width;
  for (let index = 0; index < width; index++) {
    const byte = Number((value >> BigInt(8 * index)) & 0xffn);
    bytes[at + (bigEndian ? width - 1 - index : index)] = byte;
  }
  return bytes;
}
