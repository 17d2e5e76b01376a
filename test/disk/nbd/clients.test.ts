import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { exportImage, type ImageExport } from '../../../src/disk/nbd/export-image.ts';
import type { ImageFormat } from '../../../src/model/image.ts';
import { writePattern } from '../support/pattern.ts';
import { haveTools, runTool, useScratch } from '../support/tools.ts';

const run = promisify(execFile);
const mebibyte = 1024 * 1024;
const scratch = useScratch();
const parts = [
  [0, mebibyte],
  [5 * mebibyte + 512, 70_000],
  [40 * mebibyte, 9 * mebibyte],
] as const;
const size = 64 * mebibyte;

const addressOf = ({ address, name }: ImageExport) =>
  address.kind === 'unix'
    ? `nbd+unix:///${name}?socket=${address.path}`
    : `nbd://${address.host}:${address.port}/${name}`;

/** Where an image has data, by qemu-img: neighbours as one. */
async function mapOf(...args: readonly string[]): Promise<[number, number][]> {
  const { stdout } = await run('qemu-img', ['map', '--output=json', ...args]);
  const found: [number, number][] = [];
  for (const { start, length, data } of JSON.parse(stdout)) {
    const last = found.at(-1);
    if (!data) continue;
    if (last && last[0] + last[1] === start) last[1] += length;
    else found.push([start, length]);
  }
  return found;
}

describe.skipIf(!haveTools('qemu-img', 'qemu-io'))('real clients', () => {
  const raw = scratch('disk.raw');
  const images: Readonly<Record<string, readonly [ImageFormat, string, readonly string[]]>> = {
    'a dynamic VHDX': ['vhdx', scratch('disk.vhdx'), ['-O', 'vhdx', '-o', 'block_size=1M']],
    'a dynamic VHD': ['vhd', scratch('disk.vhd'), ['-O', 'vpc', '-o', 'force_size=on']],
    'a compressed qcow2': ['qcow2', scratch('disk.qcow2'), ['-c', '-O', 'qcow2']],
    'a raw image': ['raw', scratch('copy.raw'), ['-O', 'raw', '-S', '0']],
  };
  let number = 0;
  let opened: ImageExport[] = [];
  const serve = async (format: ImageFormat, path: string, addressKind: 'unix' | 'inet' = 'unix') => {
    const folder = scratch(`run-${number++}`);
    mkdirSync(folder);
    const served = await exportImage({ path, format, folder, addressKind });
    opened.push(served);
    return served;
  };

  beforeAll(() => {
    writePattern(raw, size, parts);
    for (const [, path, options] of Object.values(images)) runTool('qemu-img', 'convert', ...options, raw, path);
  });
  afterAll(async () => {
    for (const each of opened) await each.close();
    opened = [];
  });

  it.each(Object.keys(images))('qemu-img copies, compares and maps %s', async name => {
    const [format, path] = images[name] ?? ['raw', ''];
    const served = await serve(format, path);
    const qemuName = format === 'vhd' ? 'vpc' : format;
    const copy = `${path}.copy`;
    await run('qemu-img', ['convert', '-f', 'raw', '-O', 'raw', addressOf(served), copy]);
    expect(readFileSync(copy).equals(readFileSync(raw))).toBe(true);
    await run('qemu-img', ['compare', '-f', 'raw', '-F', 'raw', addressOf(served), raw]);
    // QEMU's own driver takes all of a VHDX for data; here its blocks are of 1 MiB.
    const expected =
      format === 'vhdx' ? [0, 5, 40].map(at => [at * mebibyte, (at === 40 ? 9 : 1) * mebibyte]) : undefined;
    expect(await mapOf('-f', 'raw', addressOf(served))).toEqual(expected ?? (await mapOf('-f', qemuName, path)));
    if (format === 'vhdx') expect(statSync(copy).blocks * 512).toBeLessThan(size / 2);
    expect(served.faults()).toEqual([]);
  });

  it('qemu-img finds it by its name on the loopback device, and by no other', async () => {
    const [format, path] = images['a dynamic VHDX'] ?? ['raw', ''];
    const served = await serve(format, path, 'inet');
    await run('qemu-img', ['compare', '-f', 'raw', '-F', 'raw', addressOf(served), raw]);
    const wrong = addressOf({ ...served, name: '' });
    await expect(run('qemu-img', ['info', wrong])).rejects.toThrow('no export of this name');
  });

  it('qemu-io can not write', async () => {
    const [format, path] = images['a dynamic VHDX'] ?? ['raw', ''];
    const served = await serve(format, path);
    const { stdout } = await run('qemu-io', ['-r', '-f', 'raw', '-c', 'read -P 0 5M 512', addressOf(served)]);
    expect(stdout).toMatch(/read 512\/512 bytes/);
    await expect(run('qemu-io', ['-f', 'raw', '-c', 'write 0 512', addressOf(served)])).rejects.toThrow(
      /denied|read-only/i,
    );
  });

  it('one that is killed while it reads leaves the others alone', async () => {
    const [format, path] = images['a raw image'] ?? ['raw', ''];
    const served = await serve(format, path);
    for (let round = 0; round < 5; round++) {
      const killed = spawn('qemu-img', ['bench', '-f', 'raw', '-c', '1000000', addressOf(served)], { stdio: 'ignore' });
      const exited = once(killed, 'exit');
      setTimeout(() => killed.kill('SIGKILL'), 60 + round * 20);
      await Promise.all([exited, run('qemu-img', ['compare', '-f', 'raw', '-F', 'raw', addressOf(served), raw])]);
    }
    expect(served.faults()).toEqual([]);
  });

  describe('of libnbd', () => {
    beforeEach(({ skip }) =>
      skip(!haveTools('nbdinfo', 'nbdcopy'), 'nbdinfo and nbdcopy are not installed (Debian: libnbd-bin)'),
    );

    it('nbdinfo tells what is offered', async () => {
      const [format, path] = images['a dynamic VHDX'] ?? ['raw', ''];
      const served = await serve(format, path);
      const { stdout } = await run('nbdinfo', ['--json', addressOf(served)]);
      const [found] = JSON.parse(stdout).exports;
      expect(JSON.parse(stdout)).toMatchObject({ protocol: 'newstyle-fixed', TLS: false, structured: true });
      expect(found).toMatchObject({
        'export-name': '',
        description: 'disk.vhdx (vhdx, read-only)',
        contexts: ['base:allocation'],
        is_read_only: true,
        can_multi_conn: true,
        can_df: true,
        can_flush: false,
        can_trim: false,
        block_size_minimum: 1,
        block_size_maximum: 32 * mebibyte,
        'export-size': size,
      });
      const { stdout: list } = await run('nbdinfo', ['--list', '--json', addressOf(served)]);
      expect(JSON.parse(list).exports.length).toBe(1);
    });

    it.each(['unix', 'inet'] as const)('nbdcopy copies it, with several connections, by %s', async kind => {
      const [format, path] = images['a dynamic VHDX'] ?? ['raw', ''];
      const served = await serve(format, path, kind);
      const copy = scratch(`nbdcopy-${kind}.raw`);
      await run('nbdcopy', [addressOf(served), copy]);
      expect(readFileSync(copy).equals(readFileSync(raw))).toBe(true);
    });
  });
});
