import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createProgressReporter, type ProgressNote } from '../../../src/rpc/mcp/progress-reporter.ts';

function report(steps: readonly { fraction?: number; message: string; at: number }[]): ProgressNote[] {
  const notes: ProgressNote[] = [];
  let now = 0;
  const reporter = createProgressReporter(
    note => notes.push(note),
    () => now,
  );
  for (const { at, ...update } of steps) {
    now = at;
    reporter(update);
  }
  return notes;
}

describe('Progress', () => {
  it('is a percentage with a message', () => {
    expect(report([{ fraction: 0.25, message: 'copying', at: 0 }])).toEqual([
      { progress: 25, total: 100, message: 'copying' },
    ]);
  });

  it('grows with every note and stays within its total, whatever the work says', () => {
    const step = fc.record({ fraction: fc.double({ noNaN: true, min: -1, max: 2 }), message: fc.string() });
    fc.assert(
      fc.property(fc.array(step), steps => {
        const values = report(steps.map((item, at) => ({ ...item, at: at * 1000 }))).map(note => note.progress);
        expect(values.every((value, index) => index === 0 || value > (values[index - 1] ?? 0))).toBe(true);
        expect(values.every(value => value >= 0 && value <= 100)).toBe(true);
      }),
    );
  });

  it('moves on a little when only the message is new', () => {
    const [first, second, third] = report([
      { fraction: 0.5, message: 'a', at: 0 },
      { fraction: 0.5, message: 'b', at: 1 },
      { message: 'c', at: 2 },
    ]);
    expect([first?.progress, second?.progress]).toEqual([50, 50.5]);
    expect(third?.progress).toBeGreaterThan(50.5);
    expect(third?.progress).toBeLessThan(52);
  });

  it('is not told more than ten times a second when nothing but the number changes', () => {
    const steps = Array.from({ length: 1001 }, (_, at) => ({ fraction: at / 1000, message: 'copying', at }));
    expect(report(steps).length).toBe(11);
  });
});
