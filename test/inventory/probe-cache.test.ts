import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ProbeCache } from '../../src/inventory/probe-cache.ts';

const passed = [{ name: 'a', passed: true, reason: '' }];
const failed = [{ name: 'a', passed: false, reason: 'no' }];

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('what a probe found', () => {
  it('holds for a while, less long when it failed', async () => {
    const cache = new ProbeCache();
    const run = vi.fn(async () => passed);
    const bad = vi.fn(async () => failed);
    for (const seconds of [0, 2, 2, 12]) {
      vi.advanceTimersByTime(seconds * 1000);
      expect(await cache.probe('good', run)).toBe(passed);
      expect(await cache.probe('bad', bad)).toBe(failed);
    }
    expect(run).toHaveBeenCalledTimes(2);
    expect(bad).toHaveBeenCalledTimes(3);
  });

  it('is asked once by many at a time', async () => {
    const cache = new ProbeCache();
    const run = vi.fn(async () => passed);
    await Promise.all(Array.from({ length: 9 }, () => cache.probe('one', run)));
    expect(run).toHaveBeenCalledOnce();
  });

  it('is a failed check when the probe throws', async () => {
    const thrown = await new ProbeCache().probe('one', () => Promise.reject(new Error('boom')));
    expect(thrown).toEqual([{ name: 'probe', passed: false, reason: 'boom' }]);
  });

  it('is late after 5 s, at once for whoever asks later, and counts when it comes', async () => {
    const cache = new ProbeCache();
    const { promise, resolve } = Promise.withResolvers<typeof passed>();
    const first = cache.probe('slow', () => promise);
    await vi.advanceTimersByTimeAsync(5000);
    expect(await first).toMatchObject([{ passed: false, reason: expect.stringContaining('5 s') }]);
    const second = cache.probe('slow', () => promise);
    await vi.advanceTimersByTimeAsync(0);
    expect(await second).toMatchObject([{ passed: false }]);
    resolve(passed);
    await vi.advanceTimersByTimeAsync(0);
    expect(await cache.probe('slow', () => promise)).toBe(passed);
  });
});
