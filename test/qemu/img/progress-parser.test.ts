import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProgressParser } from '../../../src/qemu/img/progress-parser.ts';

function parse(...pieces: string[]): number[] {
  const seen: number[] = [];
  const parser = new ProgressParser(fraction => seen.push(fraction));
  for (const piece of pieces) parser.push(piece);
  return seen;
}

describe('the progress of qemu-img', () => {
  it('is read from the line that it writes over and over', () => {
    expect(parse('    (0.00/100%)\r    (12.34/100%)\r    (100.00/100%)\r')).toEqual([0.1234, 1]);
  });

  it('is the same wherever the output is cut', () => {
    const percents = fc.array(fc.integer({ min: 0, max: 10_000 }));
    fc.assert(
      fc.property(percents, fc.infiniteStream(fc.integer({ min: 1, max: 9 })), (hundredths, lengths) => {
        const output = hundredths.map(value => `    (${(value / 100).toFixed(2)}/100%)\r`).join('');
        const pieces: string[] = [];
        for (let at = 0; at < output.length; ) {
          const { value } = lengths.next();
          pieces.push(output.slice(at, at + value));
          at += value;
        }
        const highest = hundredths.filter((value, at) => value > Math.max(0, ...hundredths.slice(0, at)));
        expect(parse(...pieces)).toEqual(highest.map(value => Number((value / 100).toFixed(2)) / 100));
      }),
    );
  });

  it('grows within 0 and 1, whatever is printed', () => {
    const noise = fc.oneof(
      fc.string(),
      fc.constantFrom('\r', '(', '/100%)', '(101.00/100%)\r', '(5/100%)\r', '(NaN/100%)\r'),
    );
    fc.assert(
      fc.property(fc.array(noise), pieces => {
        const seen = parse(...pieces);
        expect(seen.every((value, at) => value > (seen[at - 1] ?? 0) && value <= 1)).toBe(true);
      }),
    );
  });
});
