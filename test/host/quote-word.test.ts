import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quoteWord } from '../../src/host/quote-word.ts';

describe('a word of a command that a person pastes', () => {
  test('reaches the program as it is through a real shell', context => {
    if (process.platform === 'win32') return context.skip('no POSIX shell here');
    const words = fc.array(
      fc.string({ unit: 'grapheme' }).filter(word => !word.includes('\0')),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(words, given => {
        const said = execFileSync('sh', [
          '-c',
          `printf '%s\\0' ${given.map(word => quoteWord(word, 'linux')).join(' ')}`,
        ]);
        expect(said.toString().split('\0').slice(0, -1)).toEqual(given);
      }),
      { numRuns: 60, examples: [[['a b; rm -rf ~', '$(id)', '`id`', "it's", '', '&', '%PATH%', '🚀', '~']]] },
    );
  });

  test('stays bare where no shell would act upon it', () => {
    expect(quoteWord('qemu:local/web-1', 'linux')).toBe('qemu:local/web-1');
    expect(quoteWord('qemu:local/web-1', 'win32')).toBe('qemu:local/web-1');
  });

  test('is quoted for PowerShell on Windows', () => {
    expect(quoteWord("it's $(id) %PATH%", 'win32')).toBe("'it''s $(id) %PATH%'");
    expect(quoteWord('%PATH%', 'win32')).toBe("'%PATH%'");
  });
});
