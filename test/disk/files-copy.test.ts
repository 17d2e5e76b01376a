import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { copy, list, makeTarget, quietly } from './support/copy-files.ts';
import { listTree, sumFile } from './support/host-tree.ts';
import { runTool, useScratch } from './support/tools.ts';
import { ntfsFiles, readVolume } from './support/volume-content.ts';

const scratch = useScratch();
const mebibyte = 1024 * 1024;

describe('a copy', () => {
  const image = scratch('ntfs.raw');
  writeFileSync(image, readVolume('ntfs'));

  it('never takes the place of something else', async () => {
    const { target, left } = makeTarget(scratch('taken'));
    const busy = { code: 'conflict', data: { field: 'target' } };
    writeFileSync(target, 'mine');
    await expect(copy({ image, path: '/plain', target })).rejects.toMatchObject(busy);
    await expect(copy({ image, path: '/plain/hello.txt', target: `${target}/` })).rejects.toMatchObject(busy);
    expect(readFileSync(target, 'utf8')).toBe('mine');
    rmSync(target);
    mkdirSync(target);
    await expect(copy({ image, path: '/plain', target })).rejects.toMatchObject(busy);
    rmSync(target, { recursive: true });
    if (process.platform !== 'win32') {
      symlinkSync('nowhere', target);
      await expect(copy({ image, path: '/plain', target })).rejects.toMatchObject(busy);
      rmSync(target);
    }
    expect(left()).toEqual([]);
    await expect(copy({ image, path: '/plain', target: scratch('none/copy') })).rejects.toMatchObject({
      code: 'not_found',
      data: { field: 'target' },
    });
  });

  it('leaves what takes its name meanwhile', async () => {
    const { target, left } = makeTarget(scratch('raced'));
    for (const item of ['/plain', '/plain/hello.txt']) {
      const progress = () => {
        if (!existsSync(target)) writeFileSync(target, 'mine');
      };
      await expect(copy({ image, path: item, target }, { ...quietly(), progress })).rejects.toMatchObject({
        code: 'conflict',
      });
      expect(readFileSync(target, 'utf8')).toBe('mine');
      expect(left()).toEqual(['copy']);
      rmSync(target);
    }
  });

  it('is private, has the times, and tells of its progress in bytes', async () => {
    const { target, left } = makeTarget(scratch('progress'));
    const steps: { fraction?: number | undefined; message: string }[] = [];
    await copy({ image, path: '/packed', target: `${target}/` }, { ...quietly(), progress: step => steps.push(step) });
    expect(left()).toEqual(['copy']);
    expect(listTree(target)).toEqual(['holes', 'log', 'mixed', 'small']);
    expect(steps[0]).toEqual({ fraction: 0, message: 'looking at what is to be copied' });
    expect(steps.at(-1)?.message).toMatch(/^(\d+) of \1 bytes copied, 4 of 4 files$/);
    const fractions = steps.flatMap(({ fraction }) => fraction ?? []);
    expect(fractions).toEqual([...fractions].sort((one, other) => one - other));
    const { entries } = await list({ image, path: '/packed' });
    for (const { name, modified } of entries) {
      expect(statSync(path.join(target, name)).mtime.toISOString()).toBe(modified);
    }
    const top = await list({ image, path: '/' });
    const folder = top.entries.find(({ name }) => name === 'packed');
    expect(statSync(target).mtime.toISOString()).toBe(folder?.modified);
    if (process.platform === 'win32') return;
    expect(statSync(target).mode & 0o777).toBe(0o700);
    expect(statSync(path.join(target, 'log')).mode & 0o777).toBe(0o600);
  });

  it.each(['/', '/sparse'])('that is cancelled leaves nothing of %s', async item => {
    const { target, left } = makeTarget(scratch('cancelled'));
    const controller = new AbortController();
    let steps = 0;
    const progress = () => {
      steps++;
      if (steps === 3) controller.abort();
    };
    const work = copy({ image, path: item, target }, { signal: controller.signal, progress });
    await expect(work).rejects.toMatchObject({ code: 'cancelled', remedy: expect.any(String) });
    expect(left()).toEqual([]);
    await expect(copy({ image, path: item, target }, quietly(AbortSignal.abort()))).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  it('refuses links, by the place to which they lead', async () => {
    const { target, left } = makeTarget(scratch('link'));
    await expect(copy({ image, path: '/links/symbolic', target })).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('C:\\Users\\anna'),
      remedy: 'Name the place to which it leads.',
    });
    await expect(copy({ image, path: '/links/compact', target })).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('CompactOS'),
    });
    expect(left()).toEqual([]);
  });

  it('leaves nothing when the disk is full, and says so', async ({ skip }) => {
    const folder = scratch('full');
    mkdirSync(folder);
    try {
      runTool('mount', '-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', folder);
    } catch {
      skip('needs a user who may mount a small file system');
    }
    try {
      const target = path.join(folder, 'copy');
      const full = { code: 'host_fault', data: { field: 'target', reason: 'disk_full' }, remedy: expect.any(String) };
      // The holes of "sparse" take no room, its three pieces and all others do.
      await expect(copy({ image, path: '/', target })).rejects.toMatchObject(full);
      expect(readdirSync(folder)).toEqual([]);
      // Something else takes the room that was there when it was looked for.
      const progress = () => writeFileSync(path.join(folder, 'other'), Buffer.alloc(2.8 * mebibyte));
      await expect(copy({ image, path: '/packed', target }, { ...quietly(), progress })).rejects.toMatchObject(full);
      expect(readdirSync(folder)).toEqual(['other']);
    } finally {
      runTool('umount', folder);
    }
  });

  it('is removed by whoever comes next when its process was killed', async () => {
    const { target, left } = makeTarget(scratch('killed'));
    const module = path.resolve(import.meta.dirname, '../../src/disk/files/copy-out.ts');
    const request = JSON.stringify({ image, path: '/', target });
    const code = `import { copyFromImage } from ${JSON.stringify(module)};
      const progress = ({ fraction }) => { if (fraction > 0) { console.log('half'); for (;;); } };
      await copyFromImage(${request}, { signal: new AbortController().signal, progress });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(left()).not.toContain('copy');
    await copy({ image, path: '/plain', target });
    expect(left()).toEqual(['copy']);
  });

  it('does not change the image', async () => {
    const before = [await sumFile(image), statSync(image).mtimeMs];
    const { target } = makeTarget(scratch('untouched'));
    const { files, folders, bytes } = await copy({ image, path: '/', target });
    expect([files, folders]).toEqual([ntfsFiles.size + 1, 28]);
    expect(bytes).toBeGreaterThan(5 * 2 ** 30);
    expect([await sumFile(image), statSync(image).mtimeMs]).toEqual(before);
  });
});
