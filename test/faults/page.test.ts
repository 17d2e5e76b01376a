import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { allFaults, describePage } from './support/describe-page.ts';

const cases = Object.values(allFaults).flat();

describe('the page of faults', () => {
  it('says what the tests expect (written anew by vitest -u)', async () => {
    await expect(describePage()).toMatchFileSnapshot(path.resolve(import.meta.dirname, '../../docs/faults.md'));
  });

  it('has each name once, and no cell that would break its table', () => {
    const names = cases.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(cases.filter(({ name, done }) => /[|\n]/.test(name + done))).toEqual([]);
  });
});
