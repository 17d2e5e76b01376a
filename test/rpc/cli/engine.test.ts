import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestHome, type TestHome } from '../../support/mcp-home.ts';
import { runVmbridge } from './support/run-vmbridge.ts';

const hasEngine = spawnSync('qemu-system-x86_64', ['--version']).status === 0;

describe.skipIf(!hasEngine)('with a real engine, the command line', () => {
  let home: TestHome;
  let folder: string;
  const first = 'first, 50% ‘new’ ディスク.img';
  beforeAll(() => {
    home = createTestHome({});
    folder = path.join(home.folder, 'images');
    mkdirSync(folder);
    for (const name of [first, 'second.img']) writeFileSync(path.join(folder, name), Buffer.alloc(2 ** 20));
  });
  afterAll(() => home.remove());

  const run = (words: readonly string[], watch?: NonNullable<Parameters<typeof runVmbridge>[2]>['watch']) =>
    runVmbridge(home, words, { cwd: folder, ...(watch === undefined ? {} : { watch }) });
  const runFolders = () =>
    existsSync(path.join(home.folder, 'run')) ? readdirSync(path.join(home.folder, 'run')) : [];

  it('proves that an empty disk does not boot, and says where the evidence is', async () => {
    const { status, stdout } = await run(['prove', first, '--memory', '128M', '--sha256', '--evidence', 'proof']);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^FAILED .*first, 50% ‘new’ ディスク\.img: /);
    expect(stdout).toMatch(/^ {2}verdict +no_boot_device \(/m);
    expect(stdout).toMatch(/^ {2}image +unchanged \(size, times and SHA-256/m);
    expect(stdout).toMatch(/^ {2}memory +128 MiB$/m);
    expect(stdout).toContain(`  evidence     ${path.join(folder, 'proof')}`);
    const screenshot = /^ {2}screenshot +(.*\.png)$/m.exec(stdout)?.[1];
    expect(existsSync(screenshot ?? '')).toBe(true);
  });

  it('proves several, one row or one array element for each', async () => {
    const images = [first, 'missing.img', 'second.img'];
    const table = await run(['prove', ...images, '--memory', '128M', '--quiet']);
    expect(table.status).toBe(1);
    expect(table.stdout.match(/FAILED +(no_boot_device|not_found)/g)).toHaveLength(3);
    expect(table.stderr).toMatch(/missing\.img/);
    const { status, json, stderr } = await run(['prove', ...images, '--memory', '128M', '--json']);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(json).toMatchObject([
      { verdict: { state: 'no_boot_device', passed: false }, unchanged: true },
      { image: path.join(folder, 'missing.img'), error: { code: 'not_found' } },
      { verdict: { state: 'no_boot_device' } },
    ]);
  });

  it('cancels a proof at Ctrl-C and leaves nothing behind', async () => {
    let sent = false;
    const { status } = await run(['prove', first, '--memory', '128M'], (stderr, kill) => {
      if (sent || !stderr.includes('firmware and accelerator')) return;
      sent = true;
      setTimeout(() => kill('SIGINT'), 300);
    });
    expect(status).toBe(130);
    expect(runFolders()).toEqual([]);
  });

  it('keeps a booted machine until Ctrl-C, and switches it off at the second', async () => {
    let sent = 0;
    const { status, stdout, stderr } = await run(['boot', first, '--memory', '128M'], (seen, kill) => {
      const asked = seen.includes('Ctrl-C stops it') ? 1 + Number(seen.includes('asking the guest')) : 0;
      for (; sent < asked; sent++) kill('SIGINT');
    });
    expect({ status, stderr }).toMatchObject({
      status: 130,
      stderr: expect.stringContaining('runs until it shuts down'),
    });
    expect(stdout).toMatch(/^qemu:local\/\S+\n$/);
    expect(runFolders()).toEqual([]);
  });

  it('says that images can be booted here', async () => {
    const { status, stdout } = await run(['doctor']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/✓ engine: QEMU /);
    expect(stdout).toMatch(/^tcg +yes +\d+/m);
  });
});
