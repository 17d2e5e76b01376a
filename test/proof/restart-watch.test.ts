import { describe, expect, it } from 'vitest';
import { RestartWatch } from '../../src/proof/watch/restart-watch.ts';

const limits = { resets: 3, stageResets: 12 };

/** A guest that restarts itself at these seconds; `follow` takes in one after the other. */
function restarts() {
  const watch = new RestartWatch();
  const events: { at: Date }[] = [];
  const at = (...seconds: number[]) => {
    events.push(...seconds.map(second => ({ at: new Date(second * 1000) })));
    return watch.follow(events, limits);
  };
  return { watch, at };
}

describe('a guest that restarts itself', () => {
  it('is in a loop when nothing else is seen', () => {
    const { watch, at } = restarts();
    expect([at(10), at(), at(20), at(30)]).toEqual(['restarted', undefined, 'restarted', 'loop']);
    expect(watch.count).toBe(3);
  });

  it('has restarted once, however many ways it tries at once', () => {
    const { watch, at } = restarts();
    expect(at(10.835, 10.889, 10.89)).toBe('restarted');
    expect(at(11.2)).toBe('restarted');
    expect(watch.count).toBe(1);
  });

  it('is followed on a host whose clock is set back', () => {
    const { watch, at } = restarts();
    expect([at(5000), at(1400), at(1420)]).toEqual(['restarted', 'restarted', 'loop']);
    expect(watch.count).toBe(3);
  });

  it('is in a loop when it does nothing but that', () => {
    const { watch, at } = restarts();
    const moments = Array.from({ length: 12 }, (_, index) => 10 + index * 0.3);
    expect(at(...moments.slice(0, 11))).toBe('restarted');
    expect(at(moments[11] ?? 0)).toBe('loop');
    expect(watch.count).toBe(12);
  });

  it('is followed as long as updates or a disk check go on in between', () => {
    const { watch, at } = restarts();
    for (let count = 1; count < 12; count++) {
      watch.noteStage();
      expect(at(count * 60)).toBe('restarted');
    }
    watch.noteStage();
    expect(at(720)).toBe('loop');
  });

  it('may restart a few times more after the last of them', () => {
    const { watch, at } = restarts();
    at(10);
    at(20);
    watch.noteStage();
    expect([30, 40, 50, 60].map(second => at(second))).toEqual(['restarted', 'restarted', 'restarted', 'loop']);
  });
});
