import { execFileSync } from 'node:child_process';
import type { link } from 'node:fs/promises';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { placeFile } from '../../src/host/place-file.ts';

const noLinks: typeof link = () => Promise.reject(Object.assign(new Error('no hard links'), { code: 'EPERM' }));

describe('placing a file', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'vmb-place-'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  async function provide(name: string): Promise<{ draft: string; target: string }> {
    const folder = path.join(root, name);
    await mkdir(path.join(folder, 'draft'), { recursive: true });
    const draft = path.join(folder, 'draft', 'file');
    await writeFile(draft, 'new');
    return { draft, target: path.join(folder, 'target') };
  }

  const ways = [
    ['with hard links', undefined],
    ['without hard links', noLinks],
  ] as const;

  it.each(ways)('gives it its name, %s', async (name, way) => {
    const { draft, target } = await provide(name);
    await placeFile(draft, target, way);
    expect(await readFile(target, 'utf8')).toBe('new');
  });

  it.each(ways)('replaces neither a file nor a link nor a folder, %s', async (name, way) => {
    const { draft, target } = await provide(`taken ${name}`);
    await writeFile(target, 'old');
    await symlink('nowhere', `${target}-link`);
    await mkdir(`${target}-folder`);
    for (const taken of [target, `${target}-link`, `${target}-folder`]) {
      await expect(placeFile(draft, taken, way)).rejects.toMatchObject({ code: 'conflict', data: { path: taken } });
    }
    expect(await readFile(target, 'utf8')).toBe('old');
    expect(await readFile(draft, 'utf8')).toBe('new');
  });

  it('without hard links leaves no empty file when the folder can not take it', async () => {
    const { draft, target } = await provide('failing');
    const lost: typeof link = async () => {
      await rm(draft);
      throw Object.assign(new Error('no hard links'), { code: 'ENOTSUP' });
    };
    await expect(placeFile(draft, target, lost)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await readdir(path.dirname(target))).toEqual(['draft']);
  });

  it('works on a FAT file system', async ctx => {
    const mount = path.join(root, 'fat');
    await mkdir(mount);
    try {
      execFileSync('/sbin/mkfs.vfat', ['-C', path.join(root, 'fat.img'), '4096'], { stdio: 'pipe' });
      execFileSync('mount', ['-o', 'loop', path.join(root, 'fat.img'), mount], { stdio: 'pipe' });
    } catch {
      return ctx.skip('a FAT file system can not be mounted: this takes root, a loop device and FAT in the kernel');
    }
    try {
      await writeFile(path.join(mount, 'draft'), 'new');
      await placeFile(path.join(mount, 'draft'), path.join(mount, 'target'));
      expect(await readdir(mount)).toEqual(['target']);
      await writeFile(path.join(mount, 'draft'), 'newer');
      await expect(placeFile(path.join(mount, 'draft'), path.join(mount, 'target'))).rejects.toMatchObject({
        code: 'conflict',
      });
      expect(await readFile(path.join(mount, 'target'), 'utf8')).toBe('new');
    } finally {
      execFileSync('umount', [mount]);
    }
  });
});
