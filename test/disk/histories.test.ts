import { rmSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DiskImage } from '../../src/disk/disk-image.ts';
import { openImage } from '../../src/disk/open-image.ts';
import type { VerifyProblem } from '../../src/model/image.ts';
import { expectSameBytes, expectSameMap } from './support/expect-same-view.ts';
import { buildDisk, type DiskPlan, hotBlocks, vhdPlan, vhdxPlan } from './support/histories.ts';
import { useScratch } from './support/tools.ts';

const mebibyte = 1024 * 1024;
const scratch = useScratch();

/** Ranges given as a place and a length that any disk can be asked for. */
const ranges = fc.array(fc.tuple(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat({ max: 3 * mebibyte })), {
  minLength: 4,
  maxLength: 10,
});

async function check(plan: DiskPlan, wanted: readonly (readonly [number, number, number])[]): Promise<void> {
  const { virtualSize, blockSize } = plan;
  const { path, files, model } = buildDisk(plan, layer => scratch(`layer-${layer}.${layer === 0 ? 'v' : 'av'}hdx`));
  const image = await openImage(path);
  try {
    expect([image.virtualSize, image.sectorSize, image.layers.length]).toEqual([
      virtualSize,
      plan.sectorSize,
      files.length,
    ]);
    const hot = hotBlocks(plan);
    const near = wanted.map(([which, part, length]) => {
      const offset = Math.min(
        virtualSize - 1,
        (hot[which % hot.length] as number) * blockSize + Math.floor(part * blockSize),
      );
      return { offset, length: Math.min(length + 1, virtualSize - offset) };
    });
    await expectSameBytes(image, model, near);
    // All of it, or where it is too large what is around the places of the plan.
    const around = hot.map(block => {
      const offset = Math.max(0, block - 1) * blockSize;
      return { offset, length: Math.min(4 * blockSize, virtualSize - offset) };
    });
    await expectSameMap(image, model, virtualSize / blockSize < 3000 ? [{ offset: 0, length: virtualSize }] : around);
    await expectSameMap(image, model, near);
    await expectSound(image, virtualSize / blockSize < 20_000);
  } finally {
    await image.close();
    for (const file of files) rmSync(file);
  }
}

/** What is sound is not called damaged, and its blocks are counted. */
async function expectSound(image: DiskImage, countable: boolean): Promise<void> {
  const problems: VerifyProblem[] = [];
  for (const layer of image.layers) {
    if (!countable) continue;
    await layer.verify?.({ report: problem => problems.push(problem) });
    const counted = await layer.survey?.();
    if (!counted) continue;
    const { blocks, present, partlyPresent, zero } = counted;
    expect(present + partlyPresent + zero).toBeLessThanOrEqual(blocks);
  }
  expect(problems).toEqual([]);
  expect(image.obstacles.filter(({ code }) => code !== 'dirty_log' && code !== 'not_closed')).toEqual([]);
}

describe('disks with any history', () => {
  it('reads VHDX of all kinds, with changes left in the log and chains of up to four, as they were written', async () => {
    await fc.assert(fc.asyncProperty(vhdxPlan, ranges, check), { numRuns: 120 });
  });

  it('reads VHD of all kinds and chains of up to four as they were written', async () => {
    await fc.assert(fc.asyncProperty(vhdPlan, ranges, check), { numRuns: 90 });
  });
});
