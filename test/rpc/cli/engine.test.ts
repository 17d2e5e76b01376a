import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseStrictXml } from '../../proof/campaign/support/strict-xml.ts';
import { createTestHome, type TestHome } from '../../support/mcp-home.ts';
import { type Answer, runVmbridge } from './support/run-vmbridge.ts';

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

  it('proves several as one run, with a row for each', async () => {
    const images = [first, 'missing.img', 'second.img'];
    const table = await run(['prove', ...images, '--memory', '128M', '--quiet']);
    expect(table.status).toBe(1);
    expect(table.stdout.match(/FAILED +(no_boot_device|not_found)/g)).toHaveLength(3);
    expect(table.stdout).toMatch(/^run-\w{8}: 0 of 3 passed, 3 failed, 0 errors$/m);
    expect(table.stderr).toMatch(/missing\.img/);
    const { status, json, stderr } = await run(['prove', ...images, '--memory', '128M', '--json']);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(json).toMatchObject({ total: 3, passed: 0, failed: 3, errors: 0 });
    expect(json.images.map((row: Answer) => row.state ?? row.fault.code).sort()).toEqual([
      'no_boot_device',
      'no_boot_device',
      'not_found',
    ]);
  });

  it('proves a folder, writes JUnit XML, and goes on with the run by its id', async () => {
    const report = path.join(home.folder, 'reports', 'junit.xml');
    const { status, stdout, stderr } = await run(['prove', '.', '--memory', '128M', '--junit', report]);
    expect(status).toBe(1);
    const id = /^proving: run (run-\w{8}): 2 of 2 images to prove/m.exec(stderr)?.[1] ?? '';
    expect(stderr).toMatch(/^proving: \[\d\/2\] \S.*: failed, no_boot_device; 2 of 2 done$/m);
    expect(stdout).toContain(`${id}: 0 of 2 passed`);
    const suite = parseStrictXml(readFileSync(report, 'utf8')).children[0];
    expect(suite?.attributes).toMatchObject({ tests: '2', failures: '2' });
    // Others, such as a build server, may read it as they may read any file here.
    expect(statSync(report).mode & 0o777).toBe(0o666 & ~process.umask());
    expect(suite?.children.map(each => each.attributes.name)).toContain(first);
    const again = await run(['prove', '--resume', id, '--json']);
    expect(again.json).toMatchObject({ id, total: 2, failed: 2 });
    expect(again.status).toBe(1);
  });

  it('proves what a request in a file says, and the pattern that the shell has left', async () => {
    const request = path.join(home.folder, 'request.json');
    const options = { memoryBytes: 128 * 2 ** 20 };
    writeFileSync(request, JSON.stringify({ id: 'asked', images: [path.join(folder, '*‘new’*')], options }));
    const asked = await run(['prove', '--request', request, '--json']);
    expect(asked.json).toMatchObject({ id: 'asked', images: [{ image: path.join(folder, first) }] });
    const pattern = await run(['prove', 'sec*.img', '--memory', '128M', '--json']);
    expect(pattern.json).toMatchObject({ images: [{ image: path.join(folder, 'second.img') }], failed: 1 });
  });

  it('cancels a run at Ctrl-C, says how to go on with it, and leaves nothing running', async () => {
    let sent = false;
    const { status, stderr } = await run(['prove', '.', '--memory', '128M'], (seen, kill) => {
      if (sent || !seen.includes('firmware and accelerator')) return;
      sent = true;
      setTimeout(() => kill('SIGINT'), 300);
    });
    expect(status).toBe(130);
    const id = /→ Go on with it by its id: vmbridge prove --resume (run-\w{8})/.exec(stderr)?.[1];
    expect(runFolders()).toEqual([]);
    // Without its id it is the last one; the folder after the option is none.
    expect((await run(['prove', '--resume', './', '--memory', '128M', '--json'])).json).toMatchObject({
      id,
      failed: 2,
    });
    const nothing = await run(['prove', '--resume']);
    expect(nothing).toMatchObject({ status: 1, stderr: expect.stringContaining('no run that was cut off') });
    const full = await run(['prove', '.', '--junit', folder]);
    expect(full).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('can not be written') });
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
