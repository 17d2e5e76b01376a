import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteWord } from '../../src/errors/quote-word.ts';

describe('a word in a command for people', () => {
  it('stays as it is where no shell reads anything into it', () => {
    expect(quoteWord('qemu:local/web-1')).toBe('qemu:local/web-1');
  });

  it('comes out of a POSIX shell as it went in', context => {
    if (process.platform === 'win32') return context.skip('there is no sh');
    const print = (word: string) => execFileSync('sh', ['-c', `printf %s ${quoteWord(word, 'linux')}`], { env: {} });
    const word = fc.string({ unit: 'grapheme' }).filter(text => text !== '' && !text.includes('\0'));
    fc.assert(
      fc.property(word, text => print(text).toString() === text),
      { numRuns: 60 },
    );
    for (const text of ["it's; $(reboot) `id`  $HOME", '*', '&x', "'"]) expect(print(text).toString()).toBe(text);
  });

  it('doubles for PowerShell whatever that takes for a quote', () => {
    expect(quoteWord('a’; calc', 'win32')).toBe("'a’’; calc'");
    expect(quoteWord("it's", 'win32')).toBe("'it''s'");
  });
});
