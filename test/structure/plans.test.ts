import { describe, expect, it } from 'vitest';
import { checkPlans } from '../../scripts/generate/check-plans.ts';
import { tools } from '../../src/catalog/tools.ts';

describe('what changes something', () => {
  const all = Object.values(tools);
  const run = () => ({});

  it.each([
    ['vm.stop', 1],
    ['vm.list', 0],
    // Writes a file when it is asked to.
    ['proof.key', 1],
  ])('has to have a plan: %s', (id, count) => {
    for (const slot of [run, { run }]) {
      expect(checkPlans([{ name: 'toy', operations: { [id]: slot } }], all)).toHaveLength(count);
    }
    expect(checkPlans([{ name: 'toy', operations: { [id]: { run, plan: () => [] } } }], all)).toEqual([]);
  });
});
