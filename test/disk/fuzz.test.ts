import { afterAll, describe, expect, it } from 'vitest';
import { fuzz } from './support/fuzz.ts';
import { makeVhdTargets, makeVhdxTargets } from './support/fuzz-targets.ts';
import { useScratch } from './support/tools.ts';

const scratch = useScratch();

/** Damaged files of each kind: more than 10,000 together; the long tests take far more. */
const cases: Readonly<Record<string, number>> = {
  'a dynamic VHDX': 1000,
  'a VHDX with a log to replay': 1750,
  'a differencing VHDX with a log to replay': 1500,
  'the parent of a VHDX': 750,
  'a differencing VHDX': 750,
  'the clean parent of a VHDX': 350,
  'a fixed VHDX': 150,
  'a large VHDX': 150,
  'a dynamic VHD': 1250,
  'a differencing VHD': 2000,
  'the parent of a VHD': 300,
  'a fixed VHD': 300,
};

describe('damaged files', () => {
  const targets = { ...makeVhdxTargets(scratch), ...makeVhdTargets(scratch) };
  afterAll(() => {
    for (const { image } of Object.values(targets)) image.close();
  });

  it.each(Object.entries(targets))(
    'never do more harm than a Fault: %s',
    async (name, target) => {
      const { opened, refused } = await fuzz(target, cases[name] ?? 0, 1);
      // What is damaged is both refused and read: else the damage is not where it is looked at, or not deep enough.
      expect(Math.min(opened, refused) / (opened + refused)).toBeGreaterThan(0.02);
    },
    300_000,
  );

  it('are more than ten thousand', () => {
    expect(Object.values(cases).reduce((sum, each) => sum + each, 0)).toBeGreaterThan(10_000);
    expect(Object.keys(cases)).toEqual(Object.keys(targets));
  });
});
