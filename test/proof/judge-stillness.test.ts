import { describe, expect, it } from 'vitest';
import { unreadScreen } from '../../src/proof/screen/read-screen.ts';
import { judgeStillness, type StillFacts } from '../../src/proof/watch/judge-stillness.ts';
import { defaultLimits } from '../../src/proof/watch/limits.ts';

const facts: StillFacts = {
  seconds: 56,
  busy: false,
  working: 0,
  cpuSeconds: 1,
  tight: false,
  exploring: false,
  stall: undefined,
  inStage: false,
  reading: { ...unreadScreen, method: 'vga', lines: ['Loading'] },
  facts: { blank: false, graphical: false },
};
const verdictOn = (changes: Partial<StillFacts>) => judgeStillness({ ...facts, ...changes }, defaultLimits);
const judge = (changes: Partial<StillFacts>) => verdictOn(changes)?.rule;

describe('a machine that stands still', () => {
  it('is frozen in less than a minute when it idles, or works with all the time it wants', () => {
    expect(judge({})).toBe('nothing-changes');
    expect(judge({ seconds: 54 })).toBeUndefined();
    expect(judge({ busy: true, working: 1, cpuSeconds: 55 })).toBe('nothing-changes');
    expect(judge({ busy: true, working: 2, cpuSeconds: 108 })).toBe('nothing-changes');
  });

  it('is never frozen while it has work to do and is hardly let to do it', () => {
    expect(judge({ seconds: 3000, busy: false, working: 1, cpuSeconds: 300 })).toBeUndefined();
    expect(judge({ seconds: 3000, busy: true, working: 1.9, cpuSeconds: 1500 })).toBeUndefined();
    expect(judge({ busy: true, working: 1, cpuSeconds: 14, tight: true })).toBeUndefined();
    expect(judge({ busy: true, working: 1, cpuSeconds: 16, tight: true })).toBe('nothing-changes');
  });

  it('is never frozen on a screen of updates, unless nothing can ever happen any more', () => {
    expect(judge({ seconds: 3000, inStage: true })).toBeUndefined();
    expect(judge({ seconds: 12, inStage: true, stall: 'halted' })).toBe('processor-halted');
    expect(judge({ seconds: 22, stall: 'looping' })).toBe('processor-loops');
  });

  it('is never frozen while it comes to ever new code, as one that starts slowly', () => {
    const working = { busy: true, working: 1, cpuSeconds: 55 };
    expect(judge({ ...working, exploring: true })).toBeUndefined();
    expect(judge({ exploring: true })).toBe('nothing-changes');
  });

  it('is frozen for sure only where that can be told', () => {
    expect(verdictOn({})).toMatchObject({
      certainty: 'likely',
      reason: expect.stringContaining('waits for something'),
    });
    expect(verdictOn({ busy: true, working: 1, cpuSeconds: 55 })).toMatchObject({ certainty: 'possible' });
    expect(verdictOn({ busy: true, working: 1, cpuSeconds: 55, tight: true })).toMatchObject({ certainty: 'likely' });
  });

  it('is left undecided on a drawing that no rule knows', () => {
    const unread = { reading: unreadScreen, facts: { blank: false, graphical: true } };
    expect(judge(unread)).toBe('graphical-screen-unread');
    expect(judge({ ...unread, facts: { blank: false, graphical: false } })).toBe('text-screen-unread');
    expect(judge({ ...unread, facts: { blank: true, graphical: false } })).toBe('nothing-changes');
  });
});
