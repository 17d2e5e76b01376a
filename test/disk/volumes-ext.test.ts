import { execFileSync } from 'node:child_process';
import {
  closeSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmdirSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { copyFromImage } from '../../src/disk/files/copy-out.ts';
import { listImageItems } from '../../src/disk/files/list-items.ts';
import { openExt } from '../../src/disk/volumes/ext/open-ext.ts';
import { expectSameTree, sumFile } from './support/host-tree.ts';
import { contentOf, memory, namesIn, readWhole } from './support/memory-volume.ts';
import { haveTools, runTool, useScratch } from './support/tools.ts';

const scratch = useScratch();
const { signal } = new AbortController();
const services = { signal, progress: () => undefined };
const mebibyte = 1024 * 1024;

function makeVolume(name: string, size: number, ...options: string[]): string {
  const path = scratch(name);
  writeFileSync(path, '');
  truncateSync(path, size);
  runTool('mkfs.ext4', '-q', '-F', ...options, path);
  return path;
}

function writeAt(path: string, pieces: readonly (readonly [number, string])[], size: number): void {
  const file = openSync(path, 'w');
  for (const [offset, text] of pieces) writeSync(file, Buffer.from(text), 0, text.length, offset);
  closeSync(file);
  truncateSync(path, size);
}

/** Feeds commands to debugfs. */
function debug(image: string, ...commands: string[]): string {
  const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin`, DEBUGFS_PAGER: 'cat' };
  return execFileSync('debugfs', ['-w', '-f', '-', image], {
    env,
    input: commands.join('\n'),
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
  });
}

describe.skipIf(!haveTools('mkfs.ext4', 'debugfs'))('ext', () => {
  const gibibyte = 2 ** 30;
  const small = scratch('small tree');
  const large = scratch('large tree');

  function makeTree(tree: string, count: number): void {
    mkdirSync(`${tree}/many`, { recursive: true });
    for (let index = 0; index < count; index++) writeFileSync(`${tree}/many/number ${index} of many`, `${index}`);
    const deep = Array.from({ length: 100 }, (_, level) => `level ${level}`).join('/');
    mkdirSync(`${tree}/${deep}`, { recursive: true });
    writeFileSync(`${tree}/${deep}/bottom`, 'bottom');
    writeFileSync(`${tree}/ünïcode 文件 😀`, 'unicode');
    writeFileSync(`${tree}/large`, Buffer.alloc(20 * mebibyte, 'large '));
    linkSync(`${tree}/large`, `${tree}/second name`);
    writeAt(
      `${tree}/sparse`,
      [
        [0, 'start'],
        [3 * gibibyte, 'middle'],
        [5 * gibibyte - 3, 'end'],
      ],
      5 * gibibyte,
    );
    writeAt(`${tree}/tail`, [[0, 'start '.repeat(1000)]], 3 * mebibyte + 1);
    utimesSync(`${tree}/large`, 1_700_000_000, 1_700_000_000);
  }

  if (haveTools('mkfs.ext4')) {
    makeTree(small, 300);
    makeTree(large, 5000);
  }

  it.each([
    ['extents', large, []],
    ['maps of blocks', small, ['-O', '^extents,^64bit,^huge_file', '-b', '1024']],
    ['maps of larger blocks', small, ['-O', '^extents,^64bit,^dir_index']],
    ['content in the inode', small, ['-O', 'inline_data', '-I', '1024']],
    ['folders without types of files', small, ['-O', '^filetype']],
  ])('with %s gives a tree back, with times and holes', async (name, tree, options) => {
    const image = makeVolume('tree.img', 120 * mebibyte, '-N', '8000', ...options, '-d', tree);
    const target = scratch(`copy ${name}`);
    const copy = await copyFromImage({ image, path: '/', target }, services);
    expect(copy).toMatchObject({ totalSkipped: 0, warnings: [] });
    rmdirSync(`${target}/lost+found`);
    // With content in inodes, mkfs forgets a hole at the end of a file.
    const isForgotten = (path: string) => path === 'tail' && options.includes('inline_data');
    if (isForgotten('tail')) rmSync(`${target}/tail`);
    expectSameTree(target, tree, isForgotten);
    expect(lstatSync(`${target}/large`).mtimeMs).toBe(1_700_000_000_000);
    if (process.platform !== 'win32') expect(lstatSync(`${target}/sparse`).blocks * 512).toBeLessThan(mebibyte);
  });

  it('sums a file with its holes', async () => {
    const image = makeVolume('sum.img', 64 * mebibyte, '-d', small);
    const target = scratch('one file');
    const { sha256, bytes } = await copyFromImage({ image, path: '/tail', target }, services);
    expect(bytes).toBe(3 * mebibyte + 1);
    expect(sha256).toBe(await sumFile(target));
    expect(sha256).toBe(await sumFile(`${small}/tail`));
  });

  it('lists the first of many by name, and says how many there are', async () => {
    const image = makeVolume('list.img', 120 * mebibyte, '-N', '8000', '-d', large);
    const found = await listImageItems({ image, path: '/many', limit: 3 }, signal);
    expect(found.entries.map(({ name }) => name)).toEqual([0, 1, 10].map(number => `number ${number} of many`));
    expect(found).toMatchObject({ total: 5000, truncated: true });
  });

  it('reads a journal before all else, as the next system that mounts it would', async () => {
    writeFileSync(scratch('old'), Buffer.alloc(8192, 'old '));
    writeFileSync(scratch('new'), Buffer.alloc(1024, 'new '));
    writeFileSync(scratch('pair'), Buffer.alloc(2048, 'new '));
    // A block that begins like those of the journal is kept there with these bytes taken out.
    writeFileSync(scratch('escaped'), Buffer.concat([Buffer.from('c03b3998', 'hex'), Buffer.alloc(1020, 'esc ')]));
    for (const checksums of ['', ' -c -v 2', ' -c -v 3']) {
      const image = makeVolume('journal.img', 16 * mebibyte, '-b', '1024');
      debug(image, `write ${scratch('old')} file`);
      const block = (index: number) => Number(debug(image, `bmap file ${index}`).trim().split('\n').at(-1));
      const [first, second, third, fourth] = [block(0), block(1), block(2), block(3)];
      debug(
        image,
        `jo${checksums}`,
        `jw -b ${first},${third} ${scratch('pair')}`,
        `jw -b ${second} ${scratch('escaped')}`,
        `jw -b ${fourth} ${scratch('new')}`,
        `jw -r ${fourth}`,
        'jc',
      );
      const files = await openExt(memory(readFileSync(image)));
      expect(files.notes).toEqual([expect.stringContaining('replayed')]);
      const content = await readWhole(files, '/file');
      expect(content.subarray(0, 1024).toString()).toBe('new '.repeat(256));
      expect(content.subarray(1024, 2048).equals(readFileSync(scratch('escaped')))).toBe(true);
      expect(content.subarray(2048, 3072).toString()).toBe('new '.repeat(256));
      expect(content.subarray(3072).equals(Buffer.alloc(5120, 'old '))).toBe(true);
      // The next system agrees.
      runTool('cp', image, scratch('fixed.img'));
      try {
        runTool('e2fsck', '-fy', scratch('fixed.img'));
      } catch {
        // Tells that it has changed something.
      }
      const fixed = await readWhole(await openExt(memory(readFileSync(scratch('fixed.img')))), '/file');
      expect(fixed.equals(content)).toBe(true);
    }
  });

  it('leaves a transaction out that was not committed', async () => {
    writeFileSync(scratch('old'), Buffer.alloc(4096, 'old '));
    writeFileSync(scratch('new'), Buffer.alloc(1024, 'new '));
    const image = makeVolume('open.img', 16 * mebibyte, '-b', '1024');
    debug(image, `write ${scratch('old')} file`);
    const block = Number(debug(image, 'bmap file 0').trim().split('\n').at(-1));
    debug(image, 'jo', `jw -b ${block} ${scratch('new')} -c`, 'jc');
    const { notes, ...files } = await openExt(memory(readFileSync(image)));
    expect((await readWhole({ notes, ...files }, '/file')).toString()).toBe('old '.repeat(1024));
  });

  it('says what a damaged journal means, and reads the rest', async () => {
    writeFileSync(scratch('new'), Buffer.alloc(1024, 'new '));
    const image = makeVolume('damaged.img', 16 * mebibyte, '-b', '1024');
    debug(image, `write ${scratch('new')} file`, 'jo', `jw -b 9999 ${scratch('new')}`, 'jc');
    const bytes = readFileSync(image);
    for (
      let at = bytes.indexOf('c03b399800000004', 0, 'hex');
      at !== -1;
      at = bytes.indexOf('c03b399800000004', at + 1, 'hex')
    ) {
      bytes.writeUInt32BE(0xffffffff, at + 0x10);
    }
    const files = await openExt(memory(bytes));
    expect(files.notes).toEqual([expect.stringContaining('can not be read')]);
    expect((await readWhole(files, '/file')).toString()).toBe('new '.repeat(256));
  });

  /** A volume with one file, and where its inode stands. */
  function makeSmall(): { bytes: Buffer; inode: number } {
    const image = makeVolume('small.img', 16 * mebibyte, '-b', '1024');
    writeFileSync(scratch('source'), Buffer.alloc(100_000, 'content '));
    debug(image, `write ${scratch('source')} file`);
    const place = debug(image, 'imap file');
    const [, block = '', offset = ''] = /located at block (\d+), offset (0x[0-9a-f]+)/.exec(place) ?? [];
    return { bytes: readFileSync(image), inode: Number(block) * 1024 + Number(offset) };
  }

  it('tells times to the millisecond, before 1970 and after 2038', async () => {
    const { bytes, inode } = makeSmall();
    const modified = async (seconds: number, more: number) => {
      bytes.writeInt32LE(seconds, inode + 16);
      bytes.writeUInt32LE(more, inode + 136);
      return (await (await openExt(memory(bytes))).find('/file'))?.modified?.toISOString();
    };
    expect(await modified(0, 123_456_789 * 4)).toBe('1970-01-01T00:00:00.123Z');
    expect(await modified(-1, 0)).toBe('1969-12-31T23:59:59.000Z');
    expect(await modified(-(2 ** 31), 1)).toBe('2038-01-19T03:14:08.000Z');
  });

  it('walks over holes of any length in no time', async () => {
    const { bytes, inode } = makeSmall();
    bytes.writeUInt32LE(0xffff, inode + 108);
    const content = await contentOf(await openExt(memory(bytes)), '/file');
    expect(content.size).toBeGreaterThan(2 ** 47);
    let steps = 0;
    for (let at = 0; at < content.size; steps++) at += (await content.stretch(at)).length;
    expect(steps).toBeLessThan(20);
  });

  it('refuses a file with more data than there is room for', async () => {
    const { bytes, inode } = makeSmall();
    bytes.writeUInt32LE(60 * mebibyte, inode + 4);
    bytes.writeUInt16LE(4, inode + 42);
    // The same 15,000 blocks of 1 KiB, four times.
    for (let index = 0; index < 4; index++) {
      const extent = inode + 52 + index * 12;
      bytes.writeUInt32LE(index * 15_000, extent);
      bytes.writeUInt32LE(15_000, extent + 4);
      bytes.writeUInt32LE(1000, extent + 8);
    }
    writeFileSync(scratch('bomb.img'), bytes);
    const request = { image: scratch('bomb.img'), path: '/file', target: scratch('bomb') };
    await expect(copyFromImage(request, services)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('more than there is room for'),
    });
    const { skipped } = await copyFromImage({ ...request, path: '/' }, services);
    expect(skipped.map(({ path }) => path)).toEqual(['/file']);
  });

  it.each([
    ['an extent past the end', 20, 0xffffffff],
    ['a tree that is not one', 0, 0],
    ['more entries than fit', 2, 0xffff],
    ['a depth without end', 6, 0xffff],
    ['an extent without length', 16, 0],
  ])('refuses %s', async (_, at, value) => {
    const { bytes, inode } = makeSmall();
    if (at === 20) bytes.writeUInt32LE(value, inode + 40 + at);
    else bytes.writeUInt16LE(value, inode + 40 + at);
    const content = await contentOf(await openExt(memory(bytes)), '/file');
    await expect(content.read(0, 1024)).rejects.toMatchObject({
      code: 'invalid',
      data: { structure: expect.stringMatching(/^ext /), offset: expect.any(Number) },
    });
  });

  it('refuses a tree of extents that leads back to itself', async () => {
    const { bytes, inode } = makeSmall();
    const root = bytes.subarray(inode + 40, inode + 100);
    const block = 9000;
    // A root of depth 1, whose child says depth 1 as well.
    root.writeUInt16LE(1, 2);
    root.writeUInt16LE(1, 6);
    root.writeUInt32LE(0, 12);
    root.writeUInt32LE(block, 16);
    root.writeUInt32LE(0, 20);
    root.copy(bytes, block * 1024);
    const content = await contentOf(await openExt(memory(bytes)), '/file');
    await expect(content.read(0, 10)).rejects.toMatchObject({ code: 'invalid' });
  });

  it('tells what is encrypted, and what has features that nobody knows', async () => {
    const { bytes, inode } = makeSmall();
    bytes.writeUInt32LE(bytes.readUInt32LE(inode + 32) | 0x800, inode + 32);
    const item = await (await openExt(memory(bytes))).find('/file');
    expect(item).toMatchObject({ kind: 'file', obstacle: 'The file is encrypted.' });
    expect(item?.content).toBeUndefined();
    bytes.writeUInt32LE(0x80000000, 1024 + 96);
    await expect(openExt(memory(bytes))).rejects.toMatchObject({ code: 'unsupported', remedy: expect.any(String) });
  });

  it('lists what it can of a damaged folder, then says so', async () => {
    const { bytes } = makeSmall();
    const entry = bytes.indexOf('file', bytes.indexOf('lost+found'));
    const cut = Buffer.from(bytes);
    cut.writeUInt16LE(3, entry - 4);
    const files = await openExt(memory(cut));
    await expect(namesIn(files, '/')).rejects.toMatchObject({ code: 'invalid' });
    expect((await files.list('/'))?.map(({ name }) => name)).toEqual(['lost+found']);
    expect(await files.find('/lost+found')).toMatchObject({ kind: 'folder' });
  });
});
