import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { StatisticsSample } from '../../../src/model/statistics.ts';
import { readProcessUsage } from '../../../src/qemu/stats/process-usage.ts';
import { readGuestMemory } from '../../../src/qemu/stats/read-balloon.ts';
import { readDisks } from '../../../src/qemu/stats/read-disks.ts';
import { Sampler } from '../../../src/qemu/stats/sampler.ts';

const sample = (readBytes: number): StatisticsSample => ({ at: new Date().toISOString(), readBytes, writtenBytes: 0 });

describe('a sampler', () => {
  it('takes the first sample at once, keeps the latest ones, and rests when it is stopped', async () => {
    let count = 0;
    const sampler = new Sampler(async () => sample(++count), { intervalMs: 5, capacity: 3 });
    sampler.start();
    await wait(0);
    expect(sampler.list().map(({ readBytes }) => readBytes)).toEqual([1]);
    while (count < 10) await wait(5);
    sampler.stop();
    const kept = sampler.list().map(({ readBytes }) => readBytes);
    expect(kept).toHaveLength(3);
    expect(kept.at(-1)).toBeGreaterThanOrEqual(count - 1);
    const after = count;
    await wait(50);
    expect(count).toBe(after);
    sampler.start();
    await wait(20);
    expect(count).toBeGreaterThan(after);
    sampler.stop();
  });

  it('never has two reads under way, and outlives one that fails', async () => {
    let under = 0;
    let most = 0;
    let count = 0;
    const sampler = new Sampler(
      async () => {
        under += 1;
        most = Math.max(most, under);
        await wait(20);
        under -= 1;
        count += 1;
        if (count % 2 === 0) throw new Error('busy');
        return sample(count);
      },
      { intervalMs: 2 },
    );
    sampler.start();
    while (count < 5) await wait(5);
    sampler.stop();
    expect(most).toBe(1);
    expect(sampler.list().map(({ readBytes }) => readBytes % 2)).not.toContain(0);
  });

  it('ends when the machine is gone, and when nobody has asked for long', async () => {
    const gone = new Sampler(async () => undefined, { intervalMs: 5 });
    gone.start();
    const forgotten = new Sampler(async () => sample(1), { intervalMs: 5, idleMs: 30 });
    forgotten.start();
    await wait(20);
    expect(gone.running).toBe(false);
    for (let tries = 0; forgotten.running && tries < 500; tries += 1) await wait(10);
    expect(forgotten.running).toBe(false);
    expect(forgotten.list().length).toBeGreaterThan(0);
  });
});

describe('what a process uses', () => {
  it('is read past any name', async () => {
    const root = mkdtempSync(path.join(tmpdir(), 'vmb-proc-'));
    mkdirSync(path.join(root, '42'));
    const rest = ['S', ...Array.from({ length: 10 }, () => '0'), '150', '50', '0'].join(' ');
    writeFileSync(path.join(root, '42/stat'), `42 (a) (b) 9 9 9) ${rest}\n`);
    writeFileSync(path.join(root, '42/status'), 'Name:\ta\nVmRSS:\t    2048 kB\n');
    expect(await readProcessUsage(42, root)).toEqual({ cpuSeconds: 2, residentBytes: 2 * 1024 * 1024 });
    expect(await readProcessUsage(43, root)).toBeUndefined();
    rmSync(root, { recursive: true });
  });
});

describe("QEMU's figures", () => {
  const answering = (answers: Record<string, unknown>) => ({
    execute: async (command: string) => answers[command],
  });

  it('count the drives of the guest, not the layers below', async () => {
    const stats = { rd_bytes: 1, wr_bytes: 2, rd_operations: 3, wr_operations: 4 };
    const rows = [
      { qdev: '/machine/x', 'node-name': 'disk', stats },
      { qdev: '', stats },
      { 'node-name': 'firmware-vars', stats },
    ];
    expect(await readDisks(answering({ 'query-blockstats': rows }))).toEqual([
      { name: 'disk', readBytes: 1, writtenBytes: 2, reads: 3, writes: 4 },
    ]);
  });

  it('have the memory of a machine without a balloon', async () => {
    const qmp = answering({ 'qom-list': [], 'query-memory-size-summary': { 'base-memory': 2 ** 28 } });
    expect(await readGuestMemory(qmp)).toEqual({ memoryBytes: 2 ** 28 });
  });

  it('leave out what a guest has not told', async () => {
    const qmp = answering({
      'qom-list': [{ name: 'device[4]', type: 'child<virtio-balloon-pci>' }],
      'query-balloon': { actual: 2 ** 28 },
      'qom-get': { stats: { 'stat-available-memory': 2 ** 64 }, 'last-update': 1700000000 },
    });
    expect(await readGuestMemory(qmp)).toEqual({ memoryBytes: 2 ** 28, freeBytes: undefined });
  });
});
