import { basename } from 'node:path';
import fc from 'fast-check';
import { VhdWriter } from '../../support/images/vhd-writer.ts';
import { guidOf, logSector, mebibyte } from '../../support/images/vhdx-layout.ts';
import { type EmptyState, type Part, VhdxWriter } from '../../support/images/vhdx-writer.ts';
import { DiskModel, patternAt } from './disk-model.ts';

/** One thing that is done to a disk. Numbers are taken modulo what there is, so that any of them fits any disk. */
export type Step =
  | { readonly kind: 'write'; readonly block: number; readonly place: number; readonly sectors: number }
  | {
      readonly kind: 'mark';
      readonly block: number;
      readonly count: number;
      readonly state: EmptyState;
      readonly keepPlace: boolean;
    }
  | { readonly kind: 'commit'; readonly longTail: boolean }
  | { readonly kind: 'apply'; readonly count: number }
  | { readonly kind: 'leak'; readonly seed: number };

export interface LayerPlan {
  readonly steps: readonly Step[];
  /** Tables are changed in the log, and left there in the end. */
  readonly journal: boolean;
  readonly firstEntrySector: number;
  readonly sequence: bigint;
  readonly growLate: boolean;
  readonly gap: number;
  readonly order: readonly Part[] | undefined;
  readonly torn: number | undefined;
}

export interface DiskPlan {
  readonly format: 'vhdx' | 'vhd';
  readonly sectorSize: 512 | 4096;
  readonly blockSize: number;
  readonly virtualSize: number;
  readonly fixedBase: boolean;
  readonly layers: readonly LayerPlan[];
}

const place = fc.oneof(fc.constant(0), fc.constant(-1), fc.nat());
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      block: fc.nat({ max: 9 }),
      place,
      sectors: fc.oneof(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 1, max: 700 }), fc.constant(4200)),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('mark' as const),
      block: fc.nat({ max: 9 }),
      count: fc.integer({ min: 1, max: 3 }),
      state: fc.constantFrom<EmptyState[]>('absent', 'undefined', 'zero', 'unmapped'),
      keepPlace: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('commit' as const), longTail: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('apply' as const), count: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leak' as const), seed: fc.nat() }) },
);

const layer: fc.Arbitrary<LayerPlan> = fc.record({
  steps: fc.array(step, { maxLength: 14 }),
  journal: fc.boolean(),
  firstEntrySector: fc.oneof(fc.constant(0), fc.integer({ min: 230, max: 255 }), fc.nat({ max: 255 })),
  sequence: fc.oneof(fc.constant(1n), fc.bigInt({ min: 1n, max: 2n ** 63n })),
  growLate: fc.boolean(),
  gap: fc.constantFrom(0, 0, 1, 5),
  order: fc.option(fc.shuffledSubarray<Part>(['log', 'metadata', 'table', 'blocks'], { minLength: 4 }), {
    nil: undefined,
  }),
  torn: fc.option(fc.nat(), { nil: undefined }),
});

const blocksOf = fc.oneof(
  { weight: 4, arbitrary: fc.double({ min: 0.001, max: 12, noNaN: true }) },
  { weight: 1, arbitrary: fc.double({ min: 1, max: 9000, noNaN: true }) },
  { weight: 1, arbitrary: fc.constant(2 ** 40) },
);

/** Plans for VHDX of all kinds. */
export const vhdxPlan: fc.Arbitrary<DiskPlan> = fc
  .record({
    sectorSize: fc.constantFrom<(512 | 4096)[]>(512, 4096),
    blockExponent: fc.oneof(fc.constant(0), fc.constant(1), fc.nat({ max: 8 })),
    blocks: blocksOf,
    fixedBase: fc.boolean(),
    layers: fc.array(layer, { minLength: 1, maxLength: 4 }),
  })
  .map(({ sectorSize, blockExponent, blocks, fixedBase, layers }) => {
    const blockSize = 2 ** blockExponent * mebibyte;
    const virtualSize = roundSize(Math.min(blocks * blockSize, 64 * 2 ** 40), sectorSize);
    return { format: 'vhdx', sectorSize, blockSize, virtualSize, fixedBase, layers };
  });

/** Plans for VHD of all kinds. */
export const vhdPlan: fc.Arbitrary<DiskPlan> = fc
  .record({
    blockExponent: fc.oneof(fc.constant(21), fc.integer({ min: 12, max: 28 })),
    blocks: blocksOf,
    fixedBase: fc.boolean(),
    layers: fc.array(layer, { minLength: 1, maxLength: 4 }),
  })
  .map(({ blockExponent, blocks, fixedBase, layers }) => {
    const blockSize = 2 ** blockExponent;
    const virtualSize = roundSize(Math.min(blocks, 300_000, 2 ** 40 / blockSize) * blockSize, 512);
    return { format: 'vhd', sectorSize: 512, blockSize, virtualSize, fixedBase, layers };
  });

function roundSize(size: number, sectorSize: number): number {
  return Math.max(1, Math.round(size / sectorSize)) * sectorSize;
}

/** Blocks at which a plan works: the first ones, those around the first borders of chunks and table pages, and the last ones. */
export function hotBlocks({ blockSize, sectorSize, virtualSize }: DiskPlan): number[] {
  const blocks = Math.ceil(virtualSize / blockSize);
  const ratio = (2 ** 23 * sectorSize) / blockSize;
  const wanted = [0, 1, 2, ratio - 1, ratio, 8191, 8192, blocks - 2, blocks - 1];
  return [...new Set(wanted.filter(block => block >= 0 && block < blocks))];
}

export interface BuiltDisk {
  readonly path: string;
  readonly files: readonly string[];
  readonly model: DiskModel;
}

/** Makes the files of a plan, the child last, and the model of what is to be seen. */
export function buildDisk(plan: DiskPlan, nameFile: (layer: number) => string): BuiltDisk {
  const files: string[] = [];
  let model: DiskModel | undefined;
  for (const [index, layerPlan] of plan.layers.entries()) {
    const path = nameFile(index);
    const below = files.at(-1);
    model = new DiskModel(plan.virtualSize, model);
    if (plan.format === 'vhdx') buildVhdx(plan, layerPlan, index, path, below, model);
    else buildVhd(plan, layerPlan, index, path, below, model);
    files.push(path);
  }
  return { path: files.at(-1) as string, files, model: model as DiskModel };
}

interface Target {
  write(offset: number, bytes: Buffer): void;
  mark(block: number, state: EmptyState, keepPlace: boolean): void;
}

function takeStep(plan: DiskPlan, current: Step, seed: number, hasParent: boolean, target: Target, model: DiskModel) {
  const hot = hotBlocks(plan);
  const { blockSize, sectorSize, virtualSize } = plan;
  if (current.kind === 'write') {
    const start = (hot[current.block % hot.length] as number) * blockSize;
    const sectors = Math.ceil(Math.min(blockSize, virtualSize - start) / sectorSize);
    const within = current.place === -1 ? sectors - 1 : current.place % sectors;
    const offset = start + within * sectorSize;
    const length = Math.min(current.sectors * sectorSize, virtualSize - offset, 4 * mebibyte);
    const content = patternAt(seed, offset, length);
    target.write(offset, content);
    model.write(offset, content);
  }
  if (current.kind === 'mark') {
    const first = hot[current.block % hot.length] as number;
    for (let block = first; block < first + current.count && block * blockSize < virtualSize; block++) {
      target.mark(block, current.state, current.keepPlace);
      model.clear(block * blockSize, blockSize, hasParent && current.state === 'absent');
    }
  }
}

function buildVhdx(
  plan: DiskPlan,
  layerPlan: LayerPlan,
  index: number,
  path: string,
  below: string | undefined,
  model: DiskModel,
): void {
  const { virtualSize, blockSize, sectorSize } = plan;
  const { journal: journaled, firstEntrySector, sequence, growLate, gap, order } = layerPlan;
  const fixed = plan.fixedBase && index === 0 && virtualSize / blockSize < 2000;
  const writer = new VhdxWriter(path, {
    virtualSize,
    blockSize,
    sectorSize,
    fixed,
    dataWriteId: guidOf(index + 1),
    growLate: growLate && journaled,
    gap,
    order,
    ...(below !== undefined && {
      parent: { parent_linkage: `{${guidOf(index)}}`, relative_path: `.\\${basename(below)}` },
    }),
    ...(journaled && { journal: { firstEntryAt: firstEntrySector * logSector, sequence } }),
  });
  let random = 1;
  for (const [number, current] of layerPlan.steps.entries()) {
    takeStep(plan, current, index * 100 + number, below !== undefined, writer, model);
    if (current.kind === 'commit') writer.journal?.commit(current);
    if (current.kind === 'apply') writer.journal?.apply(current.count);
    if (current.kind === 'leak') {
      writer.journal?.leak(() => {
        random = (Math.imul(random + current.seed, 1103515245) + 12345) >>> 0;
        return (random & 0x10000) !== 0;
      });
    }
  }
  if (journaled) tear(writer, layerPlan.torn);
  writer.close({ dirty: journaled });
}

/** Adds an entry that was never finished, which would fill the table with nonsense. */
function tear(writer: VhdxWriter, torn: number | undefined): void {
  writer.journal?.commit();
  if (torn === undefined) return;
  writer.journal?.appendTorn(writer.tableOffset, entry => {
    entry[torn % entry.length] = (entry[torn % entry.length] as number) ^ 0x55;
  });
}

function buildVhd(
  plan: DiskPlan,
  layerPlan: LayerPlan,
  index: number,
  path: string,
  below: string | undefined,
  model: DiskModel,
): void {
  const { virtualSize, blockSize } = plan;
  const id = (number: number) => number.toString(16).padStart(32, '0');
  const fixed = plan.fixedBase && index === 0;
  const writer = new VhdWriter(path, {
    virtualSize,
    blockSize,
    fixed,
    id: id(index + 1),
    ...(below !== undefined && {
      parent: {
        id: id(index),
        name: basename(below),
        locators: layerPlan.growLate ? [{ platform: 'W2ru', text: `.\\${basename(below)}` }] : [],
      },
    }),
  });
  const target: Target = {
    write: (offset, bytes) => writer.write(offset, bytes),
    mark: block => writer.drop(block),
  };
  for (const [number, current] of layerPlan.steps.entries()) {
    // A VHD knows no other state than "not there", and a fixed one not even that.
    const plain: Step = current.kind === 'mark' ? { ...current, state: 'absent' } : current;
    if (plain.kind === 'mark' && fixed) continue;
    takeStep(plan, plain, index * 100 + number, below !== undefined, target, model);
  }
  writer.close();
}
