import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { truncate } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { gptDisk, mbrEntry, mbrSector } from '../../disk/support/disk-layout.ts';
import { writePattern } from '../../disk/support/pattern.ts';
import { haveTools, runTool } from '../../disk/support/tools.ts';
import { openTestBridge } from '../../rpc/support/test-bridge.ts';
import { drivers, findDifference, hashFile, missingEngine, openImageTools, qemuImg } from './support/image-tools.ts';

const mebibyte = 2 ** 20;
const linux = '0FC63DAF-8483-4772-8E79-3D69D8477DE4';

describe('an image', () => {
  let test: Awaited<ReturnType<typeof openImageTools>>;
  beforeAll(async () => {
    test = await openImageTools();
  });
  afterAll(() => test[Symbol.asyncDispose]());
  beforeEach(ctx => {
    if (missingEngine) ctx.skip(missingEngine);
  });

  const resize = (image: string, sizeBytes: number) => test.call('image.resize', { image, sizeBytes });
  const shrink = (image: string, sizeBytes: number) => test.call('image.shrink', { image, sizeBytes });
  const failed = (work: Promise<unknown>) =>
    work.then(
      () => expect.fail('it was done'),
      fault => fault,
    );

  /** A qcow2 or raw image of this disk. */
  function provide(name: string, disk: Buffer): string {
    const raw = test.at(`${name}.raw`);
    writeFileSync(raw, disk);
    qemuImg('convert', '-f', 'raw', '-O', 'qcow2', raw, test.at(`${name}.qcow2`));
    return raw;
  }

  it.each(['raw', 'qcow2'] as const)('in %s becomes larger and keeps its content', async format => {
    const raw = test.at('grow.raw');
    writePattern(raw, 8 * mebibyte, [[mebibyte, 200_000]]);
    const image = test.at(`gr,ow "it": ${format}.img`);
    qemuImg('convert', '-f', 'raw', '-O', drivers[format], raw, image);
    const answer = await resize(image, 20 * mebibyte);
    expect(answer).toMatchObject({ virtualSizeBefore: 8 * mebibyte, virtualSize: 20 * mebibyte, warnings: [] });
    expect(findDifference(image, drivers[format], raw)).toBeUndefined();
    expect(await resize(image, 20 * mebibyte)).toMatchObject({ virtualSizeBefore: 20 * mebibyte });
    expect(await failed(resize(image, mebibyte))).toMatchObject({
      code: 'invalid',
      remedy: expect.stringContaining('image.shrink'),
      data: { field: 'sizeBytes' },
    });
  });

  it('with a GPT is warned about the copy of it, which stays where it was', async () => {
    provide('gpt', gptDisk(16 * mebibyte, [{ type: linux, first: 2048, last: 4095 }]));
    const { warnings } = await resize(test.at('gpt.qcow2'), 32 * mebibyte);
    expect(warnings.join()).toContain('sgdisk -e');
  });

  it.each(['raw', 'qcow2'])('in %s is cut down to the end of its last partition, not below', async format => {
    const end = 4 * mebibyte;
    provide('mbr', Buffer.concat([mbrSector([mbrEntry(0x83, 2048, 6144)]), Buffer.alloc(16 * mebibyte - 512)]));
    const image = test.at(`mbr.${format}`);
    const before = hashFile(image);
    const fault = await failed(shrink(image, end - 512));
    expect(fault).toMatchObject({ code: 'conflict', data: { field: 'sizeBytes', usedEnd: end } });
    for (const door of ['mcp', 'jsonrpc'] as const) {
      const asked = test.call('image.shrink', { image, sizeBytes: end }, { door });
      await expect(asked).rejects.toMatchObject({ code: 'approval_required' });
    }
    expect(hashFile(image)).toBe(before);
    expect(await shrink(image, end)).toMatchObject({ virtualSizeBefore: 16 * mebibyte, virtualSize: end });
    expect(await failed(shrink(image, 8 * mebibyte))).toMatchObject({ code: 'invalid' });
  });

  it.for(['raw', 'qcow2'])('with a GPT, in %s, keeps a valid table when it is cut', async (format, ctx) => {
    if (!haveTools('sgdisk')) return ctx.skip('sgdisk is not installed');
    const disk = provide('small', Buffer.alloc(16 * mebibyte));
    runTool('sgdisk', '-n', '1:2048:4095', '-c', '1:root', disk);
    const image = test.at(`small.${format}`);
    if (format === 'qcow2') qemuImg('convert', '-f', 'raw', '-O', 'qcow2', disk, image);
    const end = 2 * mebibyte + 33 * 512;
    expect(await failed(shrink(image, end - 512))).toMatchObject({ code: 'conflict', data: { usedEnd: end } });
    await resize(image, 24 * mebibyte);
    expect(await shrink(image, 5 * mebibyte)).toMatchObject({ virtualSize: 5 * mebibyte });
    expect(await shrink(image, end)).toMatchObject({ virtualSize: end, warnings: [] });
    const inspected = await test.call('image.inspect', { image });
    expect(inspected.obstacles.map(({ code }: { code: string }) => code)).not.toContain('damaged_gpt');
    expect(inspected.partitions).toMatchObject([{ start: mebibyte, size: mebibyte, name: 'root' }]);
    // Another program reads both copies; with the first one wiped the second stands for it.
    const raw = test.at('checked.raw');
    qemuImg('convert', '-f', format, '-O', 'raw', image, raw);
    expect(runTool('sgdisk', '-v', raw)).toContain('No problems found');
    execFileSync('dd', ['if=/dev/zero', `of=${raw}`, 'bs=512', 'seek=1', 'count=33', 'conv=notrunc'], {
      stdio: 'pipe',
    });
    expect((await test.call('image.inspect', { image: raw })).partitions).toMatchObject([{ name: 'root' }]);
  });

  it('without partitions is cut only where it holds nothing', async () => {
    const image = test.at('blank.raw');
    writePattern(image, 12 * mebibyte, [[5 * mebibyte, 4096]]);
    expect(await failed(shrink(image, 5 * mebibyte))).toMatchObject({ code: 'conflict' });
    expect(await shrink(image, 5 * mebibyte + 4096)).toMatchObject({ virtualSize: 5 * mebibyte + 4096 });
  });

  it('that is one file system, or a dynamic disk, is not cut', async () => {
    const whole = test.at('whole.raw');
    qemuImg('create', '-q', '-f', 'raw', whole, '16M');
    execFileSync('/sbin/mkfs.ext4', ['-q', '-F', whole, '4M'], { stdio: 'pipe' });
    expect(await failed(shrink(whole, 8 * mebibyte))).toMatchObject({ code: 'unsupported' });
    const head = mbrSector([mbrEntry(0x42, 2048, 2048)]);
    const dynamic = provide('dynamic', Buffer.concat([head, Buffer.alloc(8 * mebibyte - 512)]));
    expect(await failed(shrink(dynamic, 4 * mebibyte))).toMatchObject({ code: 'unsupported' });
  });

  it('with snapshots inside is not cut', async () => {
    const image = test.at('snapshots.qcow2');
    qemuImg('create', '-q', '-f', 'qcow2', image, '16M');
    qemuImg('snapshot', '-c', 'one', image);
    const fault = await failed(shrink(image, mebibyte));
    expect(fault).toMatchObject({ code: 'conflict', data: { snapshots: ['one'] }, remedy: expect.any(String) });
    expect(await resize(image, 32 * mebibyte)).toMatchObject({ virtualSize: 32 * mebibyte });
    const old = test.at('old.qcow2');
    qemuImg('create', '-q', '-f', 'qcow2', '-o', 'compat=0.10', old, '16M');
    qemuImg('snapshot', '-c', 'one', old);
    const refused = await failed(resize(old, 32 * mebibyte));
    expect(refused).toMatchObject({ code: 'conflict', data: { reason: 'snapshots' } });
  });

  it('on which another stands keeps its size; that other may change', async () => {
    const base = test.at('ba,se.raw');
    writePattern(base, 8 * mebibyte, [[7 * mebibyte, 4096]]);
    const child = test.at('child.qcow2');
    await test.call('image.create', { target: child, backing: base, sizeBytes: 8 * mebibyte, wait: 60 });
    const fault = await failed(resize(base, 32 * mebibyte));
    expect(fault).toMatchObject({ code: 'conflict', data: { dependents: [child] } });
    expect(await failed(shrink(child, 7 * mebibyte))).toMatchObject({ code: 'conflict' });
    expect(await shrink(child, 7 * mebibyte + 4096)).toMatchObject({ virtualSize: 7 * mebibyte + 4096 });
    const before = hashFile(base);
    expect(await resize(child, 10 * mebibyte)).toMatchObject({ virtualSize: 10 * mebibyte });
    expect(hashFile(base)).toBe(before);
    expect(qemuImg('check', child)).toContain('No errors');
  });

  it('whose content is in a file of its own becomes larger there', async () => {
    const image = test.at('external.qcow2');
    qemuImg('create', '-q', '-f', 'qcow2', '-o', `data_file=${test.at('external.data')},data_file_raw=on`, image, '8M');
    expect(await resize(image, 16 * mebibyte)).toMatchObject({ virtualSize: 16 * mebibyte });
    expect(qemuImg('check', image)).toContain('No errors');
    expect(await shrink(image, 8 * mebibyte)).toMatchObject({ virtualSize: 8 * mebibyte });
  });

  it('can be read, with all its content, whenever qemu-img is killed while it changes the size', async () => {
    const raw = test.at('killed.raw');
    writePattern(raw, 8 * mebibyte, [[mebibyte, 200_000]]);
    const image = test.at('killed.qcow2');
    qemuImg('convert', '-f', 'raw', '-O', 'qcow2', raw, image);
    // qemu-img, but a change of size lives only as many seconds as the file says.
    const program = test.at('qemu-img-that-dies');
    const script = `#!/bin/sh\n[ "$1" = resize ] && exec timeout -s KILL "$(cat '${test.folder}/life')" qemu-img "$@"\nexec qemu-img "$@"\n`;
    writeFileSync(program, script, { mode: 0o755 });
    const providers = { qemu: { enabled: true } };
    await using other = await openTestBridge({ memory: false, configuration: { providers, engine: { img: program } } });
    let killed = 0;
    for (let round = 1; round <= 12; round += 1) {
      writeFileSync(test.at('life'), String(0.004 + (round % 8) * 0.005));
      const sizeBytes = round % 2 === 1 ? round * 2 ** 40 : 8 * mebibyte + round * 512;
      const tool = round % 2 === 1 ? 'image.resize' : 'image.shrink';
      const outcome = await other.call(tool, { image, sizeBytes }).then(
        () => 'done',
        fault => fault.code,
      );
      if (outcome !== 'done') killed += 1;
      expect(findDifference(image, 'qcow2', raw)).toBeUndefined();
      expect(checkImage(image)).not.toContain('corrupt');
    }
    console.info(`Of 12 changes of size ${killed} did not end well.`);
  });

  /** What qemu-img finds wrong; leaked clusters cost space and nothing else. */
  function checkImage(image: string): string {
    const { stdout, stderr } = spawnSync('qemu-img', ['check', image], { encoding: 'utf8' });
    return stdout + stderr;
  }

  it('stays as it is where the file system holds none of that size', async ctx => {
    const probe = test.at('probe.raw');
    writeFileSync(probe, '');
    const isHeld = await truncate(probe, 2 ** 52).then(
      () => true,
      () => false,
    );
    rmSync(probe);
    if (isHeld) ctx.skip('a file system with a limit for files: this one holds them of any size');
    const image = test.at('huge.raw');
    writePattern(image, mebibyte, [[0, 4096]]);
    const before = hashFile(image);
    const fault = await failed(resize(image, 2 ** 52));
    expect(fault).toMatchObject({ code: 'unsupported', data: { reason: 'too_large' } });
    expect(hashFile(image)).toBe(before);
  });

  it.each(['vhd', 'vhdx', 'vdi', 'vmdk'] as const)('in %s can not change its size, and says what can', async format => {
    const image = test.at(`fixed.${format}`);
    qemuImg('create', '-q', '-f', drivers[format], image, '8M');
    const fault = await failed(resize(image, 16 * mebibyte));
    expect(fault).toMatchObject({ code: 'unsupported', remedy: expect.stringContaining('image.convert') });
  });

  it('that is missing, or a device, is refused', async ctx => {
    expect(await failed(resize(test.at('missing.raw'), mebibyte))).toMatchObject({ code: 'not_found' });
    let device: string;
    const file = test.at('device.raw');
    qemuImg('create', '-q', '-f', 'raw', file, '8M');
    try {
      device = execFileSync('losetup', ['-f', '--show', file], { encoding: 'utf8', stdio: 'pipe' }).trim();
    } catch {
      return ctx.skip('there is no loop device to use');
    }
    try {
      expect(await failed(resize(device, 16 * mebibyte))).toMatchObject({ code: 'unsupported' });
    } finally {
      execFileSync('losetup', ['-d', device]);
    }
  });
});
