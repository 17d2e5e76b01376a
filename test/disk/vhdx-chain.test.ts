import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openImage } from '../../src/disk/open-image.ts';
import { makeVhdxChain } from '../support/images/vhdx-chain.ts';
import { writePattern } from './support/pattern.ts';
import { useScratch } from './support/tools.ts';

const mebibyte = 1024 * 1024;
const scratch = useScratch();

describe('a chain made out of a raw disk', () => {
  const raw = scratch('disk.raw');
  writePattern(raw, 40 * mebibyte + 512, [
    [0, 3 * mebibyte],
    [9 * mebibyte - 512, 5 * mebibyte],
    [40 * mebibyte, 512],
  ]);
  const expected = readFileSync(raw);

  it.each([
    [2, 1, true],
    [3, 2, false],
    [4, 32, false],
  ])(
    'of %i files with blocks of %i MiB is the disk, and none of its files alone is',
    async (layers, blocks, keepBoot) => {
      const folder = scratch(`chain-${layers}`);
      const files = await makeVhdxChain(raw, folder, { layers, blockSize: blocks * mebibyte, keepBoot });
      expect(files).toHaveLength(layers);
      for (const [index, file] of files.entries()) {
        const image = await openImage(file);
        try {
          expect(image.layers).toHaveLength(index + 1);
          const same = (await image.read(0, expected.length)).equals(expected);
          expect([index, same]).toEqual([index, index === layers - 1]);
          const rightBoot = (await image.read(0, mebibyte)).equals(expected.subarray(0, mebibyte));
          if (index === 0) expect(rightBoot).toBe(keepBoot);
          const held = await image.layers[0]?.survey?.();
          if (index > 0) expect(held?.partlyPresent).toBeGreaterThan(0);
          for (const layer of image.layers) {
            await layer.verify?.({ report: problem => expect.fail(problem.message) });
          }
        } finally {
          await image.close();
        }
      }
    },
  );
});
