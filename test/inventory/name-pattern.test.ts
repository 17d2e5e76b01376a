import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchName } from '../../src/inventory/name-pattern.ts';

describe('a name pattern', () => {
  it.each([
    ['web', 'WEB', true],
    ['web', 'web-1', false],
    ['web*', 'web', true],
    ['*', '', true],
    ['?', '', false],
    ['w?b', 'wéb', true],
    ['?', '😀', true],
    ['*-1', 'a-1-1', true],
    ['a*b*c', 'abbbc', true],
    ['a*b*c', 'acb', false],
    ['a.c', 'abc', false],
    ['[ab]', 'a', false],
    ['', '', true],
  ])('%s on "%s": %s', (pattern, name, expected) => {
    expect(matchName(pattern)(name)).toBe(expected);
  });

  it('means what a regular expression of it means', () => {
    const letters = fc.array(fc.constantFrom('a', 'b', '*', '?'), { maxLength: 8 }).map(list => list.join(''));
    const names = fc.array(fc.constantFrom('a', 'b'), { maxLength: 10 }).map(list => list.join(''));
    fc.assert(
      fc.property(letters, names, (pattern, name) => {
        const same = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(name);
        expect(matchName(pattern)(name)).toBe(same);
      }),
      { numRuns: 2000 },
    );
  });

  it('takes no time to speak of, however wicked', () => {
    const before = performance.now();
    expect(matchName('*a'.repeat(100))(`${'a'.repeat(5000)}b`)).toBe(false);
    expect(performance.now() - before).toBeLessThan(1000);
  });
});
