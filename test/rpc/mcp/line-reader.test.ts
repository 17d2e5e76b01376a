import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineReader } from '../../../src/rpc/mcp/line-reader.ts';

function read(chunks: readonly Uint8Array[], limit = 1000): string[] {
  const seen: string[] = [];
  const reader = new LineReader(limit, {
    line: text => seen.push(text),
    undecodable: () => seen.push('(undecodable)'),
    tooLong: () => seen.push('(too long)'),
  });
  for (const chunk of chunks) reader.push(Buffer.from(chunk));
  reader.end();
  return seen;
}

const bytes = (text: string) => Buffer.from(text, 'utf8');

describe('Lines', () => {
  it('are the same however the bytes are cut', () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 30 }).map(text => text.replaceAll('\n', ''));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), fc.array(fc.nat(200)), (lines, cuts) => {
        const whole = bytes(lines.map(text => `${text}\n`).join(''));
        const places = [0, ...cuts.filter(cut => cut < whole.length).sort((a, b) => a - b), whole.length];
        const chunks = places.slice(1).map((place, index) => whole.subarray(places[index], place));
        const expected = lines.map(text => text.replace(/^\uFEFF/, ''));
        expect(read(chunks)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('may end with the stream', () => {
    expect(read([bytes('a\nb')])).toEqual(['a', 'b']);
  });

  it('that are not UTF-8 are told apart from the next', () => {
    expect(read([Buffer.from([0xff, 0xfe, 0x0a]), bytes('a\n'), Buffer.from([0xc3, 0x0a])])).toEqual([
      '(undecodable)',
      'a',
      '(undecodable)',
    ]);
  });

  it('lose the mark that some programs put before text', () => {
    expect(read([bytes('\uFEFF{}\n')])).toEqual(['{}']);
  });

  it('longer than the limit are dropped, told of once, and do no harm to the next', () => {
    const long = bytes('x'.repeat(700));
    expect(read([long, long, long, long, bytes('y\nnext\n'), long, long, bytes('\nlast')])).toEqual([
      '(too long)',
      'next',
      '(too long)',
      'last',
    ]);
  });

  it('exactly as long as the limit are kept', () => {
    expect(read([bytes(`${'x'.repeat(1000)}\n`)])).toEqual(['x'.repeat(1000)]);
    expect(read([bytes(`${'x'.repeat(1001)}\n`)])).toEqual(['(too long)']);
  });
});
