import { createHash } from 'node:crypto';
import { readFileSync, statSync, truncateSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DiskImage } from '../../src/disk/disk-image.ts';
import { openImage } from '../../src/disk/open-image.ts';
import { writePattern } from './support/pattern.ts';
import { haveTools, runTool, useScratch } from './support/tools.ts';

const mebibyte = 1024 * 1024;
const scratch = useScratch();
const size = 24 * mebibyte + 512 * 7;
const parts = [
  [0, 4096],
  [3 * mebibyte - 512, 70_144],
  [9 * mebibyte, 2 * mebibyte],
  [20 * mebibyte + 1536, 512],
  [size - 1024, 1024],
] as const;

async function hashOf(image: DiskImage, step: number): Promise<string> {
  const hash = createHash('sha256');
  for (let at = 0; at < image.virtualSize; at += step) {
    hash.update(await image.read(at, Math.min(step, image.virtualSize - at)));
  }
  return hash.digest('hex');
}

/** Reads the image as we do and as qemu-img does; both must agree on every byte. */
async function expectSameAsQemu(path: string, qemuFormat: string): Promise<DiskImage> {
  const raw = scratch(`${basename(path)}.out.raw`);
  runTool('qemu-img', 'convert', '-f', qemuFormat, '-O', 'raw', path, raw);
  const before = statSync(path);
  const image = await openImage(path);
  try {
    expect(image.virtualSize).toBe(statSync(raw).size);
    const expected = createHash('sha256').update(readFileSync(raw)).digest('hex');
    expect(await hashOf(image, 777_728)).toBe(expected);
    expect(await hashOf(image, 64 * mebibyte)).toBe(expected);
  } finally {
    await image.close();
  }
  const after = statSync(path);
  expect([after.mtimeMs, after.size, after.ino]).toEqual([before.mtimeMs, before.size, before.ino]);
  return image;
}

const variants: readonly [
  format: string,
  options: string,
  ours: string,
  variant: string | undefined,
  flags?: string[],
][] = [
  ['raw', '', 'raw', undefined],
  ['vhdx', 'subformat=dynamic', 'vhdx', 'dynamic'],
  ['vhdx', 'subformat=dynamic,block_size=2097152', 'vhdx', 'dynamic'],
  ['vhdx', 'subformat=fixed', 'vhdx', 'fixed'],
  ['vpc', 'subformat=dynamic', 'vhd', 'dynamic'],
  ['vpc', 'subformat=dynamic,force_size=on', 'vhd', 'dynamic'],
  ['vpc', 'subformat=fixed', 'vhd', 'fixed'],
  ['vpc', 'subformat=fixed,force_size=on', 'vhd', 'fixed'],
  ['qcow2', 'compat=0.10', 'qcow2', 'compat 0.10'],
  ['qcow2', 'compat=1.1', 'qcow2', 'compat 1.1'],
  ['qcow2', 'compat=1.1,cluster_size=512', 'qcow2', 'compat 1.1'],
  ['qcow2', 'compat=1.1,cluster_size=2097152', 'qcow2', 'compat 1.1'],
  ['qcow2', 'extended_l2=on,cluster_size=65536', 'qcow2', 'compat 1.1'],
  ['qcow2', 'compression_type=zlib', 'qcow2', 'compat 1.1', ['-c']],
  ['qcow2', 'compression_type=zstd', 'qcow2', 'compat 1.1', ['-c']],
  ['vmdk', 'subformat=monolithicSparse', 'vmdk', 'monolithicSparse'],
  ['vmdk', 'subformat=monolithicFlat', 'vmdk', 'monolithicFlat'],
  ['vmdk', 'subformat=twoGbMaxExtentSparse', 'vmdk', 'twoGbMaxExtentSparse'],
  ['vmdk', 'subformat=twoGbMaxExtentFlat', 'vmdk', 'twoGbMaxExtentFlat'],
  ['vmdk', 'subformat=streamOptimized', 'vmdk', 'streamOptimized'],
  ['vdi', 'static=off', 'vdi', 'dynamic'],
  ['vdi', 'static=on', 'vdi', 'fixed'],
];

describe.skipIf(!haveTools('qemu-img', 'qemu-io'))('reading what qemu-img writes', () => {
  const source = scratch('source.raw');
  writePattern(source, size, parts);

  it.each(variants)('reads %s with %s as qemu-img does', async (format, options, ours, variant, flags = []) => {
    const path = scratch(`${format}-${options.replaceAll(/\W/g, '-')}.img`);
    const chosen = options === '' ? [] : ['-o', options];
    runTool('qemu-img', 'convert', ...flags, '-O', format, ...chosen, source, path);
    const image = await expectSameAsQemu(path, format);
    expect([image.format, image.variant, image.obstacles, image.parents]).toEqual([ours, variant, [], []]);
  });

  it.each([
    ['qcow2', []],
    ['qcow2', ['-o', 'extended_l2=on']],
    ['qcow2', ['-c']],
    ['vmdk', []],
    ['vmdk', ['-o', 'subformat=streamOptimized']],
    ['vdi', []],
    ['vhdx', []],
    ['vpc', []],
  ])('tells that %s %j was cut short', async (format, options) => {
    const path = scratch(`cut-${format}${options.join('-').replaceAll(/\W/g, '-')}.img`);
    runTool('qemu-img', 'convert', '-O', format, ...options, source, path);
    truncateSync(path, Math.floor(statSync(path).size * 0.6));
    const image = await openImage(path);
    await image.close();
    expect(image.obstacles).toContainEqual(expect.objectContaining({ code: 'truncated', blocking: true }));
  });
});
