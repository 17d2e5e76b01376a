import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fault } from '../../src/errors/fault.ts';
import { findProgram } from '../../src/host/find-program.ts';
import { startGuest } from '../../src/qemu/start-guest.ts';
import { startWithLessMemory } from '../../src/qemu/start-with-less-memory.ts';
import { halt } from './support/boot-sector.ts';
import { planFor, Workbench } from './support/run-guest.ts';

const mebibyte = 1024 * 1024;

describe('too little memory', () => {
  let bench: Workbench;
  let disk: string;
  beforeAll(async () => {
    bench = await Workbench.open();
    disk = await bench.writeDisk('halt.raw', halt);
  });
  afterAll(() => bench.close());

  const start = (system: string) => async (memoryBytes: number) =>
    startGuest({ ...bench.engine, system }, planFor(disk, { memoryBytes }), { folder: await bench.makeFolder() });

  it('for what was planned: the machine runs with what the host gives, and it is said', async () => {
    const { result, memoryBytes, warning } = await startWithLessMemory(2 ** 46, start(bench.engine.system));
    try {
      expect(await result.status()).toBe('running');
      expect(memoryBytes).toBeLessThan(2 ** 46);
      expect(result.plan.memoryBytes).toBe(memoryBytes);
      expect(result.arguments).toContain(`${memoryBytes / mebibyte}M`);
      expect(warning).toContain(`${memoryBytes / mebibyte} MiB`);
    } finally {
      await result.stop({ acpiMs: 0 });
    }
  });

  it('under a limit for the process: the same', async ctx => {
    const prlimit = await findProgram('prlimit');
    if (prlimit === undefined) return ctx.skip('not installed: prlimit (util-linux)');
    const limited = join(bench.folder, 'limited-qemu');
    await writeFile(limited, `#!/bin/sh\nexec '${prlimit}' --as=3000000000 '${bench.engine.system}' "$@"\n`);
    await chmod(limited, 0o755);
    const { result, memoryBytes, warning } = await startWithLessMemory(8192 * mebibyte, start(limited));
    await result.stop({ acpiMs: 0 });
    expect(memoryBytes).toBeLessThanOrEqual(2048 * mebibyte);
    expect(warning).toMatch(/^The host refused 8192 MiB/);
  });

  const refusal = new Fault('host_fault', 'no', { data: { reason: 'memory' } });

  it.each([
    [2048, [2048, 1024, 512, 256]],
    [1000, [1000, 500, 256]],
    [257, [257, 256]],
    [256, [256]],
    [64, [64]],
  ])('at all: %i MiB end in the refusal after %j', async (planned, expected) => {
    const asked: number[] = [];
    const outcome = startWithLessMemory(planned * mebibyte, async bytes => {
      asked.push(bytes / mebibyte);
      throw refusal;
    });
    await expect(outcome).rejects.toBe(refusal);
    expect(asked).toEqual(expected);
  });

  it('is not what every failure is taken for', async () => {
    const other = new Fault('conflict', 'locked', { data: { reason: 'locked' } });
    await expect(startWithLessMemory(2 ** 30, () => Promise.reject(other))).rejects.toBe(other);
  });
});
