import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isSameBoot, readHostBoot } from '../../src/host/host-boot.ts';
import { createLocalPipe, getShortFolder } from '../../src/host/local-pipe.ts';
import { identifyProcess, isProcessAlive } from '../../src/host/process-identity.ts';
import { createRunFolder, sweepRunFolders } from '../../src/host/run-folder.ts';
import { writeFileAtomically } from '../../src/host/write-file-atomically.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'vmb-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function endedProcess() {
  const child = spawn('sleep', ['60']);
  const identity = await identifyProcess(child.pid!);
  child.kill('SIGKILL');
  await once(child, 'exit');
  return identity;
}

describe('a run folder', () => {
  test('is private, says whose it is, and goes with all it holds', async () => {
    const folder = await createRunFolder(join(root, 'a', 'b'), 'boot');
    expect((await stat(folder.path)).mode & 0o777).toBe(0o700);
    expect(JSON.parse(await readFile(join(folder.path, 'owner.json'), 'utf8'))).toMatchObject({
      pid: process.pid,
      startedAt: expect.any(String),
    });
    await mkdir(join(folder.path, 'deep', 'er'), { recursive: true });
    await folder.remove();
    await folder.remove();
    expect(await readdir(join(root, 'a', 'b'))).toEqual([]);
  });

  test('cannot be made below a file', async () => {
    await writeFile(join(root, 'file'), '');
    await expect(createRunFolder(join(root, 'file'), 'boot')).rejects.toMatchObject({
      code: 'host_fault',
      remedy: expect.any(String),
    });
  });

  test('is swept away when its process has ended, and only then', async () => {
    const parent = join(root, 'swept');
    const mine = await createRunFolder(parent, 'mine');
    const make = async (name: string, owner: unknown) => {
      await mkdir(join(parent, name), { recursive: true });
      await writeFile(join(parent, name, 'owner.json'), typeof owner === 'string' ? owner : JSON.stringify(owner));
    };
    const startedAt = new Date().toISOString();
    await make('dead', { ...(await endedProcess()), startedAt });
    await make('reused', { pid: process.pid, start: 'an earlier process', startedAt });
    await make('long-ago', { pid: 1, startedAt: '2001-01-01T00:00:00.000Z' });
    await make('unreadable', 'not json');
    await mkdir(join(parent, 'foreign'));
    await writeFile(join(parent, 'file'), '');
    await symlink(root, join(parent, 'link'));
    const removed = await sweepRunFolders(parent);
    expect(removed.map(path => path.slice(parent.length + 1)).sort()).toEqual(['dead', 'long-ago', 'reused']);
    expect((await readdir(parent)).sort()).toEqual(
      ['file', 'foreign', 'link', mine.path.slice(parent.length + 1), 'unreadable'].sort(),
    );
    expect(await sweepRunFolders(join(root, 'nowhere'))).toEqual([]);
  });
});

describe('a local pipe', () => {
  test('is a socket in the folder, or in its short stand-in, that can be listened on', async () => {
    const long = join(root, 'x'.repeat(120));
    await mkdir(long);
    for (const folder of [root, long]) {
      const pipe = await createLocalPipe(folder, 'owner');
      expect(pipe.kind).toBe('socket');
      expect(Buffer.byteLength(pipe.path)).toBeLessThan(104);
      const server = createServer(socket => socket.end()).listen(pipe.path);
      await once(server, 'listening');
      await once(connect(pipe.path).resume(), 'close');
      server.close();
    }
    expect((await stat(getShortFolder(long))).mode & 0o777).toBe(0o700);
    await rm(getShortFolder(long), { recursive: true });
  });

  test('in a stand-in goes with the run folder', async () => {
    const folder = await createRunFolder(join(root, 'y'.repeat(100)), 'boot');
    const pipe = await createLocalPipe(folder.path, 'owner');
    await writeFile(pipe.path, '');
    await folder.remove();
    await expect(stat(getShortFolder(folder.path))).rejects.toThrow();
  });

  test('is not put into a folder that others may enter', async () => {
    const long = join(root, 'z'.repeat(120));
    const short = getShortFolder(long);
    await mkdir(short);
    await chmod(short, 0o777);
    await expect(createLocalPipe(long, 'owner')).rejects.toMatchObject({ code: 'host_fault' });
    await rm(short, { recursive: true });
    await symlink(root, short);
    await expect(createLocalPipe(long, 'owner')).rejects.toMatchObject({ code: 'host_fault' });
    await rm(short);
  });

  test('on Windows has a name that cannot be guessed', async () => {
    const [one, other] = await Promise.all([
      createLocalPipe(root, 'owner', 'win32'),
      createLocalPipe(root, 'owner', 'win32'),
    ]);
    expect(one.path).toBe(`\\\\.\\pipe\\${one.name}`);
    expect(one.name).toMatch(/^vmbridge-[0-9a-f-]{36}$/);
    expect(one.name).not.toBe(other.name);
  });
});

describe('a process', () => {
  test('is known by its number and its start', async () => {
    const self = await identifyProcess(process.pid);
    expect(await isProcessAlive(self)).toBe(true);
    expect(await isProcessAlive({ pid: process.pid })).toBe(true);
    expect(await isProcessAlive({ pid: process.pid, start: 'another' })).toBe(false);
    expect(await isProcessAlive(await endedProcess())).toBe(false);
    for (const pid of [0, -1, 1.5, Number.NaN]) expect(await isProcessAlive({ pid })).toBe(false);
  });

  test('runs in one run of the host', async () => {
    const boot = await readHostBoot();
    expect(isSameBoot(boot, await readHostBoot())).toBe(true);
    expect(isSameBoot(boot, { id: 'another', startedAt: boot.startedAt })).toBe(false);
    expect(isSameBoot({ startedAt: 1_000_000 }, { startedAt: 1_060_000 })).toBe(true);
    expect(isSameBoot({ startedAt: 1_000_000 }, { startedAt: 9_000_000 })).toBe(false);
  });
});

describe('a file that is written atomically', () => {
  test('is whole whenever it is read, and leaves no draft', async () => {
    const file = join(root, 'atomic', 'file.json');
    const contents = Array.from({ length: 20 }, (_, at) => `${at}`.repeat(50_000));
    const writing = Promise.all(contents.map(content => writeFileAtomically(file, content)));
    await Promise.race([writing, new Promise(resolve => setTimeout(resolve, 5))]);
    for (let count = 0; count < 20; count += 1) {
      const read = await readFile(file, 'utf8').catch(() => contents[0]);
      expect(contents).toContain(read);
    }
    await writing;
    expect(await readdir(join(root, 'atomic'))).toEqual(['file.json']);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await mkdir(join(root, 'atomic', 'folder', 'full'), { recursive: true });
    await expect(writeFileAtomically(join(root, 'atomic', 'folder'), 'x')).rejects.toThrow();
    expect((await readdir(join(root, 'atomic'))).sort()).toEqual(['file.json', 'folder']);
  });
});
