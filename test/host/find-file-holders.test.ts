import { spawn } from 'node:child_process';
import { link, mkdtemp, open, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFileHolders } from '../../src/host/find-file-holders.ts';

describe.skipIf(process.platform !== 'linux')('the holders of a file', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'vmb-holders-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const makeFile = async (name: string) => {
    const file = path.join(folder, name);
    await writeFile(file, 'x');
    return file;
  };

  it('are told with pid, program and what they do with it, by whatever name they opened it', async () => {
    const file = await makeFile('a, (b) ‘c’ [d]\n.raw');
    const other = path.join(folder, 'other-name');
    await link(file, other);
    const handle = await open(other, 'r+');
    const child = spawn('sleep', ['60'], { stdio: ['ignore', handle.fd, 'ignore'] });
    await handle.close();
    try {
      const holders = await findFileHolders(file);
      expect(holders).toContainEqual({ pid: child.pid, program: expect.any(String), writing: true, locking: false });
      await rename(file, `${file}-moved`);
      expect((await findFileHolders(other)).map(({ pid }) => pid)).toContain(child.pid);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('that only read are told from those that write', async () => {
    const file = await makeFile('read');
    const handle = await open(file, 'r');
    expect(await findFileHolders(file)).toMatchObject([{ pid: process.pid, program: 'node', writing: false }]);
    await handle.close();
    expect(await findFileHolders(file)).toEqual([]);
  });

  it.each(['', 'missing', 'a\0b'])('of %j are nobody, without an error', async name => {
    expect(await findFileHolders(name === '' ? name : path.join(folder, name))).toEqual([]);
  });
});
