import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writePattern } from '../../disk/support/pattern.ts';
import { main, runVmbridge } from '../../rpc/cli/support/run-vmbridge.ts';
import { processesNaming } from '../../support/leftovers.ts';
import { createTestHome } from '../../support/mcp-home.ts';
import { noProviders } from '../../support/no-providers.ts';
import { findDifference, missingEngine } from './support/image-tools.ts';

describe('vmbridge call image.convert', () => {
  let home: ReturnType<typeof createTestHome>;
  let folder: string;
  let words: string[];
  beforeAll(() => {
    home = createTestHome({ providers: { ...noProviders, qemu: { enabled: true } } });
    folder = path.join(home.folder, 'images');
    mkdirSync(folder);
    words = ['call', 'image.convert', '--compressed', '--image', path.join(folder, 'source.raw'), '--target'];
    writePattern(path.join(folder, 'source.raw'), 200 * 2 ** 20, [[2 ** 20, 48 * 2 ** 20]]);
  });
  afterAll(() => home.remove());

  it('converts, and refuses a second time', async ctx => {
    if (missingEngine) return ctx.skip(missingEngine);
    const target = path.join(folder, 'it\'s, "one".vhdx');
    const plain = words.filter(word => word !== '--compressed');
    const { json } = await runVmbridge(home, [...plain, target, '--json']);
    expect(json.result).toMatchObject({ path: target, format: 'vhdx', virtualSize: 200 * 2 ** 20 });
    const again = await runVmbridge(home, [...plain, target, '--json']);
    expect([again.status, again.json.error.code]).toEqual([expect.any(Number), 'conflict']);
    rmSync(target);
  });

  it('killed at random moments leaves the whole image or none, and what is left goes with the next one', async ctx => {
    if (missingEngine) return ctx.skip(missingEngine);
    const began = performance.now();
    await runVmbridge(home, [...words, path.join(folder, 'timed.qcow2')]);
    const whole = performance.now() - began;
    let drafts = 0;
    let finished = 0;
    for (let round = 0; round < 14; round += 1) {
      const target = path.join(folder, `killed-${round}.qcow2`);
      const child = spawn(process.execPath, [main, ...words, target], { env: home.environment, stdio: 'ignore' });
      const ended = once(child, 'exit');
      await delay(whole * (0.4 + Math.random() * 0.65));
      child.kill('SIGKILL');
      await ended;
      for (let wait = 0; wait < 100 && processesNaming(folder).length > 0; wait += 1) await delay(50);
      expect(processesNaming(folder)).toEqual([]);
      const names = readdirSync(folder);
      if (names.some(name => name.startsWith('.vmbridge-draft-'))) drafts += 1;
      if (!names.includes(path.basename(target))) continue;
      finished += 1;
      expect(findDifference(target, 'qcow2', path.join(folder, 'source.raw'))).toBeUndefined();
    }
    console.info(`Of 14 killed conversions ${drafts} had left a draft, ${finished} had finished.`);
    await runVmbridge(home, [...words, path.join(folder, 'last.qcow2')]);
    const names = readdirSync(folder).filter(name => !/^(killed-\d+|timed|last)\.qcow2$|^source\.raw$/.test(name));
    expect(names).toEqual([]);
  }, 120_000);
});
