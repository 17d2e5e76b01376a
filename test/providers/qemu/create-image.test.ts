import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { truncate } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writePattern } from '../../disk/support/pattern.ts';
import {
  drivers,
  findDifference,
  formats,
  hashFile,
  missingEngine,
  openImageTools,
  qemuImg,
} from './support/image-tools.ts';

const mebibyte = 2 ** 20;

describe('image.create', () => {
  let test: Awaited<ReturnType<typeof openImageTools>>;
  beforeAll(async () => {
    test = await openImageTools();
  });
  afterAll(() => test[Symbol.asyncDispose]());
  beforeEach(ctx => {
    if (missingEngine) ctx.skip(missingEngine);
  });

  const create = async (input: Record<string, unknown>) =>
    (await test.call('image.create', { wait: 300, ...input })).result;
  const fail = (input: Record<string, unknown>) =>
    create(input).then(
      () => expect.fail('it was made'),
      fault => fault,
    );

  it.each(formats)('makes an empty %s of exactly the size asked for', async format => {
    const target = test.at(`empty.${format}`);
    const sizeBytes = 130 * 2 ** 30 + 512;
    expect(await create({ target, sizeBytes })).toMatchObject({ path: target, format, virtualSize: sizeBytes });
    const info = JSON.parse(qemuImg('info', '--output=json', '-f', drivers[format], target));
    expect(info['virtual-size']).toBe(sizeBytes);
    expect(await fail({ target, sizeBytes })).toMatchObject({ code: 'conflict', data: { field: 'target' } });
  });

  it.each(['raw', 'qcow2', 'vhd', 'vhdx', 'vdi'] as const)('makes a %s in full size from the start', async format => {
    const target = test.at(`full.${format}`);
    const made = await create({ target, sizeBytes: 16 * mebibyte, allocate: true });
    expect(made.fileSize).toBeGreaterThanOrEqual(16 * mebibyte);
    if (format === 'raw' || format === 'qcow2') expect(made.allocatedSize).toBeGreaterThanOrEqual(16 * mebibyte);
    else expect(made.variant).toBe('fixed');
  });

  it.each(formats)('makes an image that stands on a %s, which stays as it is', async format => {
    const raw = test.at('parent.raw');
    writePattern(raw, 8 * mebibyte, [[0, mebibyte]]);
    const backing = test.at(`pa,rent "of" %d:\n.${format}`);
    const exact = format === 'vhd' ? ['-o', 'force_size=on'] : [];
    qemuImg('convert', '-f', 'raw', '-O', drivers[format], ...exact, raw, backing);
    const before = hashFile(backing);
    const target = test.at(`child of ${format}.qcow2`);
    const made = await create({ target, backing, backingFormat: format });
    expect(made).toMatchObject({ virtualSize: 8 * mebibyte, backing, format: 'qcow2' });
    expect(findDifference(target, 'qcow2', raw)).toBeUndefined();
    execFileSync('qemu-io', ['-f', 'qcow2', '-c', 'write 0 64k', target], { stdio: 'pipe' });
    expect(hashFile(backing)).toBe(before);
    const inspected = await test.call('image.inspect', { image: target });
    expect(inspected.parents).toEqual([backing]);
  });

  it('may be larger than what it stands on, not smaller', async () => {
    const backing = test.at('base.raw');
    writePattern(backing, 4 * mebibyte, [[0, 4096]]);
    const large = { target: test.at('large.qcow2'), backing, sizeBytes: 9 * mebibyte };
    expect(await create(large)).toMatchObject({ virtualSize: 9 * mebibyte });
    const small = { target: test.at('small.qcow2'), backing, sizeBytes: mebibyte };
    expect(await fail(small)).toMatchObject({ code: 'invalid', data: { field: 'sizeBytes' } });
  });

  it.each([
    ['no size', { target: 'x.raw' }, 'invalid', 'sizeBytes'],
    ['a size between sectors', { target: 'x.raw', sizeBytes: 1000 }, 'invalid', 'sizeBytes'],
    ['a VHD above 2040 GiB', { target: 'x.vhd', sizeBytes: 2041 * 2 ** 30 }, 'unsupported', 'sizeBytes'],
    ['a VHDX above 64 TiB', { target: 'x.vhdx', sizeBytes: 65 * 2 ** 40 }, 'unsupported', 'sizeBytes'],
    ['a VDI above what QEMU makes', { target: 'x.vdi', sizeBytes: 600 * 2 ** 40 }, 'unsupported', 'sizeBytes'],
    ['a VMDK above 62 TiB', { target: 'x.vmdk', sizeBytes: 63 * 2 ** 40 }, 'unsupported', 'sizeBytes'],
    ['more than the disk has', { target: 'x.raw', sizeBytes: 2 ** 50, allocate: true }, 'host_fault', 'target'],
    ['a VHDX on another image', { target: 'x.vhdx', backing: 'base.raw' }, 'invalid', 'format'],
    ['to stand on what is not there', { target: 'x.qcow2', backing: 'missing.raw' }, 'not_found', 'backing'],
    ['a format of nothing', { target: 'x.qcow2', sizeBytes: 512, backingFormat: 'raw' }, 'invalid', 'backingFormat'],
    ['a missing folder', { target: 'no/x.raw', sizeBytes: 512 }, 'not_found', 'target'],
  ])('refuses %s', async (_what, { target, backing, ...input }: Record<string, unknown>, code, field) => {
    const before = test.names();
    const below = backing === undefined ? {} : { backing: test.at(String(backing)) };
    const fault = await fail({ target: test.at(String(target)), ...below, ...input });
    expect(fault).toMatchObject({ code, ...(field === undefined ? {} : { data: { field } }) });
    expect(test.names()).toEqual(before);
  });

  it('refuses a raw file above what the file system holds', async ctx => {
    const probe = test.at('probe.raw');
    writeFileSync(probe, '');
    const isHeld = await truncate(probe, 2 ** 52).then(
      () => true,
      () => false,
    );
    rmSync(probe);
    if (isHeld) ctx.skip('a file system with a limit for files: this one holds them of any size');
    const before = test.names();
    expect(await fail({ target: test.at('x.raw'), sizeBytes: 2 ** 52 })).toMatchObject({ code: 'unsupported' });
    expect(test.names()).toEqual(before);
  });

  it('refuses to stand on a damaged image', async () => {
    const backing = test.at('damaged.qcow2');
    writeFileSync(backing, Buffer.concat([Buffer.from('QFI\xfb\0\0\0\x03', 'latin1'), Buffer.alloc(500)]));
    expect(await fail({ target: test.at('x.qcow2'), backing })).toMatchObject({ data: { field: 'backing' } });
  });
});
