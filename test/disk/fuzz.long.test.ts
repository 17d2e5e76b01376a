import { afterAll, describe, expect, it } from 'vitest';
import { fuzz } from './support/fuzz.ts';
import { makeVhdTargets, makeVhdxTargets } from './support/fuzz-targets.ts';
import { useScratch } from './support/tools.ts';

const scratch = useScratch();
/** Of each of twelve kinds, other ones than in the usual run: 300,000 together. */
const cases = 25_000;
const firstSeed = 1_000_000;

describe('very many damaged files', () => {
  const targets = { ...makeVhdxTargets(scratch), ...makeVhdTargets(scratch) };
  afterAll(() => {
    for (const { image } of Object.values(targets)) image.close();
  });

  it.each(Object.entries(targets))(
    'never do more harm than a Fault: %s',
    async (_, target) => {
      const { opened, refused } = await fuzz(target, cases, firstSeed);
      expect(opened + refused).toBe(cases);
    },
    1_800_000,
  );
});
