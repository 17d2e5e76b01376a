import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expandBraces } from '../../../src/proof/campaign/find/expand-braces.ts';
import { matchWildcards } from '../../../src/proof/campaign/find/match-wildcards.ts';

/** The meaning, written down without care for time. */
function matchSlowly(pattern: readonly string[], name: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return name.length === 0;
  if (first === '*') return matchSlowly(rest, name) || (name.length > 0 && matchSlowly(pattern, name.slice(1)));
  return name.length > 0 && (first === '?' || first === name[0]) && matchSlowly(rest, name.slice(1));
}

describe('a pattern of names', () => {
  it('means what it says', () => {
    const letters = (alphabet: string) =>
      fc.array(fc.constantFrom(...alphabet), { maxLength: 8 }).map(characters => characters.join(''));
    fc.assert(
      fc.property(letters('ab*?[('), letters('ab[('), (pattern, name) => {
        expect(matchWildcards(pattern, name)).toBe(matchSlowly([...pattern], [...name]));
      }),
      { numRuns: 3000 },
    );
  });

  it('takes brackets, braces and parentheses for what they are', () => {
    expect(matchWildcards('*(1) [old] {a,b}.vhdx', 'web(1) [old] {a,b}.vhdx')).toBe(true);
    expect(matchWildcards('web[1-3].vhdx', 'web2.vhdx')).toBe(false);
  });

  it.each<[string, string, boolean]>([
    ['[a-c]x', 'bx', true],
    ['[a-c]x', 'dx', false],
    ['[!a-c]x', 'dx', true],
    ['[^a-c]x', 'bx', false],
    ['[!]x', '!x', true],
    ['[a-]', '-', true],
    ['[😀-😂]', '😁', true],
    ['*[0-9].raw', 'web7.raw', true],
    ['*[0-9].raw', 'web.raw', false],
    ['a[', 'a[', true],
    ['[]', '[]', true],
    ['[]]x', '[]]x', true],
  ])('has choices where they are asked for: %s and %s', (pattern, name, fits) => {
    expect(matchWildcards(pattern, name, true)).toBe(fits);
  });

  it('with braces becomes words', () => {
    expect(expandBraces('a{b,c}d{e,}')).toEqual(['abde', 'abd', 'acde', 'acd']);
    expect(expandBraces('{a,{b,c}x}')).toEqual(['a', 'bx', 'cx']);
    expect(expandBraces('a{b}c{')).toEqual(['a{b}c{']);
    expect(expandBraces('{1,2}'.repeat(40)).length).toBeLessThanOrEqual(1000);
  });

  it('counts a character of two halves as one', () => {
    expect(matchWildcards('?.vhdx', '😀.vhdx')).toBe(true);
  });

  it('takes no time at all, whoever wrote it', () => {
    const begun = performance.now();
    expect(matchWildcards(`${'*a'.repeat(2000)}b`, 'a'.repeat(4000))).toBe(false);
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});
