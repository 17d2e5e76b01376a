import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toAscii } from '../../src/tools/derive/powershell/ascii.ts';
import { toNetPattern } from '../../src/tools/derive/powershell/net-pattern.ts';
import { quote } from '../../src/tools/derive/powershell/quote.ts';
import { quoteArgument } from '../../src/tools/derive/powershell/quote-argument.ts';

/** What PowerShell reads in a literal of text: about_Quoting_Rules, as far as ASCII goes. */
function readText(literal: string): string {
  const inner = literal.slice(1, -1);
  if (literal.startsWith("'")) {
    expect(inner.replaceAll("''", '')).not.toContain("'");
    return inner.replaceAll("''", "'");
  }
  expect(literal).toMatch(/^"(`.|\$\(\[char\]0x[0-9a-f]+\)|[^`"$])*"$/s);
  return inner.replace(/`(.)|\$\(\[char\]0x([0-9a-f]+)\)/g, (_, letter: string | undefined, code: string) => {
    if (letter === undefined) return String.fromCharCode(Number.parseInt(code, 16));
    return letter === 'n' ? '\n' : letter;
  });
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom("'", '"', '`', '$', '(', ')', '’', '“', '\n', '\r', '\0', '\ud800', ' ', 'a', '#'),
  }),
);

describe('a literal of PowerShell', () => {
  it('reads as the text that it was made of, in ASCII', () => {
    fc.assert(
      fc.property(anyText, text => {
        const literal = quote(text);
        expect(literal).toMatch(/^[\x20-\x7e]+$/);
        expect(readText(literal)).toBe(text);
      }),
    );
  });

  it('as an argument is bare only where nothing in it is special', () => {
    fc.assert(
      fc.property(anyText, text => {
        const word = quoteArgument(text);
        if (word === text) expect(word).toMatch(/^[A-Za-z/][A-Za-z0-9_./\\:-]*$/);
        else expect(readText(word)).toBe(text);
      }),
    );
  });

  it.each<[unknown, string]>([
    [{ hostPort: 2222, on: true, none: null }, '@{ hostPort = 2222; on = $true; none = $null }'],
    [{ 'a-b': ['x', "it's"] }, "@{ 'a-b' = @('x', 'it''s') }"],
    [{}, '@{}'],
    [[], '@()'],
    [-0, '0'],
    [1e21, '1e+21'],
  ])('of %j is %s', (value, literal) => {
    expect(quote(value)).toBe(literal);
  });

  it.each<[unknown, string]>([
    ['/backups/web.vhdx', '/backups/web.vhdx'],
    ['-r', "'-r'"],
    ['before update', "'before update'"],
    [['down', 'enter'], 'down, enter'],
    [[{ hostPort: 2222 }], '@{ hostPort = 2222 }'],
    [[['a']], "@(@('a'))"],
    [[], '@()'],
  ])('of the argument %j is %s', (value, literal) => {
    expect(quoteArgument(value)).toBe(literal);
  });
});

describe('a pattern for .NET', () => {
  it.each([
    ['^[^\\0]+$', '^[^\\x00]+\\z'],
    ['^op-[0-9a-z]{6,32}$', '^op-[0-9a-z]{6,32}\\z'],
    ['^(com\\d|[\\w$.-])\\$$', '^(com[0-9]|[A-Za-z0-9_$.-])\\$\\z'],
  ])('of %s is %s', (pattern, expected) => {
    expect(toNetPattern(pattern)).toBe(expected);
  });
});

describe('text in ASCII', () => {
  it('has plain letters for the typographic ones, and refuses others', () => {
    expect(toAscii('“a” … → b’s')).toBe('"a" ... -> b\'s');
    expect(() => toAscii('Zürich')).toThrow('"ü"');
  });
});
