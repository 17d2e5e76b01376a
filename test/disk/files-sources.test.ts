import { mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { copy, list, makeTarget } from './support/copy-files.ts';
import { expectSameTree } from './support/host-tree.ts';
import { makeVhdx } from './support/make-vhdx.ts';
import { haveTools, runTool, useScratch } from './support/tools.ts';
import { exfatFiles } from './support/volume-content.ts';

const scratch = useScratch();
const mebibyte = 1024 * 1024;

describe.skipIf(!haveTools('mkfs.ext4', 'debugfs', 'qemu-img'))('files in a VHDX', () => {
  it('are read through its parents, wherever these are', async () => {
    mkdirSync(scratch('tree'));
    for (const [name, content] of exfatFiles) {
      mkdirSync(path.dirname(scratch(`tree/${name}`)), { recursive: true });
      writeFileSync(scratch(`tree/${name}`), content);
    }
    const raw = scratch('volume.raw');
    writeFileSync(raw, '');
    truncateSync(raw, 32 * mebibyte);
    runTool('mkfs.ext4', '-q', '-F', '-d', scratch('tree'), raw);
    const before = readFileSync(raw);
    runTool('debugfs', '-w', '-R', `write ${scratch('tree/plain/noise')} later`, raw);
    writeFileSync(scratch('tree/later'), readFileSync(scratch('tree/plain/noise')));
    const after = readFileSync(raw);
    const block = (bytes: Buffer, index: number) => bytes.subarray(index * mebibyte, (index + 1) * mebibyte);
    const all = Array.from({ length: 32 }, (_, index) => index);
    const state = (bytes: Buffer) => (index: number) => [index, { state: 6, content: block(bytes, index) }] as const;
    const changed = all.filter(index => !block(before, index).equals(block(after, index)));
    const id = '83ed0ec3-24c8-49a6-a959-5e4bd1288015';
    mkdirSync(scratch('parents'));
    const parent = { parent_linkage: `{${id}}`, relative_path: 'base.vhdx' };
    const virtualSize = 32 * mebibyte;
    writeFileSync(
      scratch('parents/base.vhdx'),
      makeVhdx({ virtualSize, dataWriteId: id, blocks: new Map(all.map(state(before))) }),
    );
    writeFileSync(scratch('child.vhdx'), makeVhdx({ virtualSize, parent, blocks: new Map(changed.map(state(after))) }));
    const { target, left } = makeTarget(scratch('chain'));
    const image = scratch('child.vhdx');
    await expect(copy({ image, path: '/', target })).rejects.toMatchObject({ code: 'not_found' });
    expect(left()).toEqual([]);
    const parents = [scratch('parents')];
    const { entries } = await list({ image, parents });
    expect(entries.map(({ name }) => name)).toContain('later');
    await copy({ image, parents, path: '/', target });
    rmSync(path.join(target, 'lost+found'), { recursive: true });
    expectSameTree(target, scratch('tree'));
    // The same by a program that others made.
    runTool('qemu-img', 'convert', '-O', 'vhdx', raw, scratch('made.vhdx'));
    const again = makeTarget(scratch('made'));
    await copy({ image: scratch('made.vhdx'), path: '/plain', target: again.target });
    expectSameTree(again.target, scratch('tree/plain'));
  });
});

describe.skipIf(!haveTools('xorriso'))('files on an optical disc', () => {
  it.each([
    ['Rock Ridge', ['-R']],
    ['Joliet', ['-J', '-joliet-long', '--norock']],
  ])('are copied with %s names', async (kind, options) => {
    const root = scratch(`disc ${kind}`);
    const deep = Array.from({ length: 12 }, (_, level) => `level ${level}`).join('/');
    mkdirSync(`${root}/${deep}`, { recursive: true });
    writeFileSync(`${root}/${deep}/bottom`, 'bottom');
    writeFileSync(`${root}/A long name with ünïcode.txt`, 'text');
    for (let index = 0; index < 300; index++) writeFileSync(`${root}/file number ${index}.txt`, 'x'.repeat(index * 10));
    if (kind === 'Rock Ridge') symlinkSync(`${deep}/bottom`, `${root}/link`);
    const image = scratch(`disc ${kind}.iso`);
    runTool('xorriso', '-as', 'mkisofs', '-quiet', ...options, '-o', image, root);
    const { target } = makeTarget(scratch('disc'));
    const { skipped } = await copy({ image, path: '/', target });
    expectSameTree(target, root, name => name === 'link (special)');
    if (kind !== 'Rock Ridge') return;
    expect(skipped).toEqual([{ path: '/link', reason: expect.stringContaining('bottom') }]);
    rmSync(target, { recursive: true });
    await copy({ image, path: '/link', target });
    expect(readFileSync(target, 'utf8')).toBe('bottom');
  });

  it('are put together from the parts of a file in several extents', async () => {
    const root = scratch('extents');
    mkdirSync(root);
    for (const letter of 'AB') writeFileSync(`${root}/${letter}`, letter.repeat(2048));
    const image = scratch('extents.iso');
    runTool('xorriso', '-as', 'mkisofs', '-quiet', '-iso-level', '3', '--norock', '-o', image, root);
    const disc = readFileSync(image);
    // The records of two files become those of one: both get its name, and the first says that it goes on.
    const [first = 0, second = 0] = ['A', 'B'].map(name => disc.indexOf(`${name}.;1`, 0, 'latin1') - 33);
    disc.writeUInt8(disc.readUInt8(first + 25) | 0x80, first + 25);
    disc.write('A', second + 33);
    writeFileSync(image, disc);
    const { target } = makeTarget(scratch('extents copy'));
    await copy({ image, path: '/A', target });
    expect(readFileSync(target, 'latin1')).toBe('A'.repeat(2048) + 'B'.repeat(2048));
  });
});
