import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryGate } from '../../../src/proof/campaign/work/memory-gate.ts';
import { planLoad } from '../../../src/proof/campaign/work/plan-load.ts';

const gibibyte = 2 ** 30;
const signal = new AbortController().signal;

describe('how many proofs run side by side', () => {
  it.each([
    ['a large host', { cores: 16, freeBytes: 60 * gibibyte, totalBytes: 64 * gibibyte }, {}, 8],
    ['many cores and little memory', { cores: 16, freeBytes: 5 * gibibyte, totalBytes: 8 * gibibyte }, {}, 2],
    ['two cores', { cores: 2, freeBytes: 20 * gibibyte, totalBytes: 24 * gibibyte }, {}, 1],
    ['guests of one core', { cores: 4, freeBytes: 20 * gibibyte, totalBytes: 24 * gibibyte }, { cpus: 1 }, 4],
    ['small guests', { cores: 8, freeBytes: 2 * gibibyte, totalBytes: 4 * gibibyte }, { memoryBytes: gibibyte / 8 }, 4],
    ['no memory at all', { cores: 8, freeBytes: 0, totalBytes: gibibyte }, {}, 1],
    ['what was asked for', { cores: 2, freeBytes: gibibyte, totalBytes: gibibyte }, { parallel: 7 }, 7],
  ])('fits %s', (_what, host, request, parallel) => {
    expect(planLoad(host, request).parallel).toBe(parallel);
  });

  it('never takes more memory than is free, beyond the first', () => {
    const size = fc.integer({ min: 0, max: 64 }).map(count => count * gibibyte);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 128 }), size, size, (cores, freeBytes, moreBytes) => {
        const load = planLoad({ cores, freeBytes, totalBytes: freeBytes + moreBytes }, {});
        expect(load.parallel).toBeGreaterThanOrEqual(1);
        expect(load.parallel).toBeLessThanOrEqual(cores);
        if (load.parallel > 1) {
          expect(load.parallel * load.proofBytes + load.reserveBytes).toBeLessThanOrEqual(freeBytes);
        }
      }),
    );
  });
});

describe('the gate of memory', () => {
  it('lets in only what there is room for, however many come at once', async () => {
    let free = 10;
    let running = 0;
    let most = 0;
    const gate = new MemoryGate({ proofBytes: 3, reserveBytes: 1, measure: () => free, signal, everyMs: 1 });
    const work = async () => {
      await gate.enter(() => {});
      running++;
      most = Math.max(most, running);
      // The guest takes its memory only little by little.
      await delay(10);
      free -= 3;
      await delay(10);
      free += 3;
      running--;
      gate.leave();
    };
    await Promise.all(Array.from({ length: 12 }, work));
    // Three of them would take 9 of 10 and leave the 1 that is kept.
    expect(most).toBe(3);
  });

  it('waits while another program has the memory, and tells so once', async () => {
    let free = 0;
    let told = 0;
    const gate = new MemoryGate({ proofBytes: 3, reserveBytes: 1, measure: () => free, signal, everyMs: 1 });
    const entered = gate.enter(() => void told++);
    await delay(20);
    expect(told).toBe(1);
    free = 4;
    await entered;
    expect(told).toBe(1);
  });

  it('lets a single one in after a while all the same', async () => {
    const settings = { proofBytes: 3, reserveBytes: 1, measure: () => 0, signal, everyMs: 1, patienceMs: 30 };
    const gate = new MemoryGate(settings);
    await gate.enter(() => {});
    const second = gate.enter(() => {}).then(() => 'in');
    expect(await Promise.race([second, delay(100, 'waits')])).toBe('waits');
    gate.leave();
    expect(await second).toBe('in');
  });

  it('stops waiting when it is cancelled', async () => {
    const controller = new AbortController();
    const gate = new MemoryGate({ proofBytes: 3, reserveBytes: 1, measure: () => 0, signal: controller.signal });
    const entered = gate.enter(() => {});
    controller.abort();
    await expect(entered).rejects.toMatchObject({ code: 'cancelled' });
    await expect(gate.enter(() => {})).rejects.toMatchObject({ code: 'cancelled' });
  });
});
