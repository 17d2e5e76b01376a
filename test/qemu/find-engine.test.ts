import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listEnginePlaces } from '../../src/qemu/find/engine-places.ts';
import { parseEngineVersion } from '../../src/qemu/find/engine-version.ts';
import { getInstallCommand } from '../../src/qemu/find/install-command.ts';
import { findRegisteredPlaces } from '../../src/qemu/find/registered-places.ts';
import { findEngine } from '../../src/qemu/find-engine.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'vmb-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** A folder with programs that print the given text. */
async function makeFolder(name: string, programs: Record<string, string>): Promise<string> {
  const folder = join(root, name);
  await mkdir(folder, { recursive: true });
  for (const [program, output] of Object.entries(programs)) {
    await writeFile(join(folder, program), `#!/bin/sh\ncat <<'END'\n${output}\nEND\n`);
    await chmod(join(folder, program), 0o755);
  }
  return folder;
}
const both = (version: string) => ({
  'qemu-system-x86_64': `QEMU emulator version ${version}`,
  'qemu-img': `qemu-img version ${version}`,
});
const onPath = (folder: string) => ({ environment: { PATH: `/nowhere:${folder}:/bin:/usr/bin` } });

describe('finding QEMU', () => {
  test('takes the installed one, with the folders of its firmware', async () => {
    const engine = await findEngine();
    expect(engine.version.major).toBeGreaterThanOrEqual(6);
    expect(engine.dataFolders.length).toBeGreaterThan(0);
  });

  test('prefers the search path to the usual places, and the qemu-img beside it', async () => {
    const folder = await makeFolder('on path, new', both('9.1.0'));
    expect(await findEngine({}, undefined, onPath(folder))).toMatchObject({
      system: join(folder, 'qemu-system-x86_64'),
      img: join(folder, 'qemu-img'),
      version: { major: 9, minor: 1, micro: 0 },
    });
  });

  test('prefers a QEMU of our own to the search path, and what is configured to both', async () => {
    const folder = await makeFolder('also on path', both('9.1.0'));
    const ownFolder = await makeFolder('own', both('10.1.0'));
    expect(await findEngine({}, undefined, { ...onPath(folder), ownFolder })).toMatchObject({
      system: join(ownFolder, 'qemu-system-x86_64'),
      img: join(ownFolder, 'qemu-img'),
    });
    const configured = await findEngine({ system: folder }, undefined, { ...onPath(folder), ownFolder });
    expect(configured.version.major).toBe(9);
    const home = join(root, 'home');
    await makeFolder('home/engine', both('8.0.0'));
    const environment = { PATH: folder, VMBRIDGE_HOME: home };
    expect((await findEngine({}, undefined, { environment })).version.major).toBe(8);
  });

  test('looks into the usual places when the search path has none', async () => {
    const folder = await makeFolder('place', both('8.2.1'));
    const search = { environment: { PATH: '' }, folders: ['/nowhere', folder] };
    expect((await findEngine({}, undefined, search)).system).toBe(join(folder, 'qemu-system-x86_64'));
  });

  test('uses what is configured, a program or the folder of it, and nothing else', async () => {
    const folder = await makeFolder('configured', both('7.0.0'));
    expect((await findEngine({ system: folder })).system).toBe(join(folder, 'qemu-system-x86_64'));
    expect((await findEngine({ system: join(folder, 'qemu-system-x86_64') })).img).toBe(join(folder, 'qemu-img'));
    const wrong = findEngine({ system: '/nowhere/qemu' });
    await expect(wrong).rejects.toMatchObject({ code: 'unavailable', data: { path: '/nowhere/qemu' } });
    await expect(findEngine({ img: '/nowhere/qemu-img' })).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('says how to install it when it is missing', async () => {
    const outcome = findEngine({}, undefined, { environment: { PATH: '' }, folders: [] });
    await expect(outcome).rejects.toMatchObject({
      code: 'unavailable',
      remedy: expect.stringMatching(/vmbridge call engine\.install .*(install|add|-S)/i),
    });
    const alone = await makeFolder('alone', { 'qemu-system-x86_64': 'QEMU emulator version 7.2.0' });
    const half = findEngine({}, undefined, { environment: { PATH: alone }, folders: [] });
    await expect(half).rejects.toMatchObject({ code: 'unavailable', data: { program: 'qemu-img' } });
  });

  test('refuses a QEMU that is too old, and a program that is none', async () => {
    const old = await makeFolder('old', both('5.2.0'));
    await expect(findEngine({ system: old })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('5.2.0'),
    });
    const other = await makeFolder('other', { ...both('9.0.0'), 'qemu-system-x86_64': 'hello' });
    await expect(findEngine({ system: other })).rejects.toMatchObject({
      code: 'unavailable',
      data: { stdout: 'hello\n' },
    });
  });

  test('asks the same file once, and again when it was replaced', async () => {
    const folder = await makeFolder('asked', both('8.0.0'));
    const asked = join(folder, 'asked');
    const system = join(folder, 'qemu-system-x86_64');
    const write = async (version: string) => {
      await rm(system, { force: true });
      await writeFile(system, `#!/bin/sh\necho "$1" >> '${asked}'\necho 'QEMU emulator version ${version}'\n`);
      await chmod(system, 0o755);
    };
    await write('8.0.0');
    await findEngine({ system });
    expect((await findEngine({ system })).version.major).toBe(8);
    expect((await readFile(asked, 'utf8')).split('\n').filter(line => line === '--version')).toHaveLength(1);
    await findEngine({ system }, undefined, { fresh: true });
    expect((await readFile(asked, 'utf8')).split('\n').filter(line => line === '--version')).toHaveLength(2);
    await write('9.0.0');
    expect((await findEngine({ system })).version.major).toBe(9);
    await expect(findEngine({ system }, AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('can be cancelled', async () => {
    await expect(findEngine({}, AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('versions', () => {
  test.each([
    ['QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)\nCopyright (c) 2003', 7, 2, 22],
    ['QEMU emulator version 11.0.50 (v11.0.0-1-gabc-dirty)\r\n', 11, 0, 50],
    ['qemu-img version 8.2 (x)', 8, 2, 0],
  ])('%j', (text, major, minor, micro) => {
    expect(parseEngineVersion(text)).toMatchObject({ major, minor, micro });
  });
  test('nothing is read out of other text', () => {
    expect(parseEngineVersion('bash: no such thing, version unknown')).toBeUndefined();
  });
});

describe('the usual places', () => {
  test('of Windows follow its variables, however they are written', () => {
    const places = listEnginePlaces('win32', {
      ProgramFiles: 'D:\\Programme',
      UserProfile: 'C:\\Users\\x',
      SystemDrive: 'D:',
    });
    expect(places).toContain('D:\\Programme\\qemu');
    expect(places).toContain('C:\\Users\\x\\scoop\\apps\\qemu\\current');
    expect(places).toContain('D:\\msys64\\ucrt64\\bin');
  });
  test('of Windows include what installers note in the registry', async () => {
    const tree = (displayName: string, location: string | number) => [
      {
        path: 'HKEY_CURRENT_USER\\Software\\…\\{1}',
        values: new Map<string, string | number>([
          ['displayname', displayName],
          ['InstallLocation', location],
        ]),
      },
    ];
    const places = await findRegisteredPlaces(undefined, {
      readKey: async key =>
        key.endsWith('\\qemu64') ? { values: new Map([['Install_Dir', 'E:\\q']]), subkeys: [] } : undefined,
      readTree: async key => (key.startsWith('HKCU') ? tree('MSYS2 64bit', 'D:\\m') : tree('MSYS2', 7)),
    });
    expect(places).toContain('E:\\q');
    expect(places).toContain('D:\\m\\ucrt64\\bin');
    expect(places.filter(place => !/^[DE]:/.test(place))).toEqual([]);
  });

  test('of macOS begin with Homebrew', () => {
    expect(listEnginePlaces('darwin', {})[0]).toBe('/opt/homebrew/bin');
  });
});

describe('the command that installs QEMU', () => {
  test.each([
    ['ID=debian', 'apt install'],
    ['ID=linuxmint\nID_LIKE="ubuntu debian"', 'apt install'],
    ['ID=fedora', 'dnf install qemu-system-x86'],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"', 'epel-release'],
    ['ID=manjaro\nID_LIKE=arch', 'pacman -S'],
    ['ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"', 'zypper install'],
    ['ID=alpine', 'apk add'],
    ['ID=plan9', 'package manager'],
    ['', 'package manager'],
  ])('for %j has %j', (osRelease, part) => {
    expect(getInstallCommand('linux', osRelease)).toContain(part);
  });
  test('needs no sudo for an administrator', () => {
    expect(getInstallCommand('linux', 'ID=debian', true)).toMatch(/^apt install/);
    expect(getInstallCommand('linux', 'ID=rhel', true)).not.toContain('sudo');
  });
  test('is that of winget and brew elsewhere', () => {
    expect(getInstallCommand('win32', '')).toMatch(/^winget install/);
    expect(getInstallCommand('darwin', '')).toBe('brew install qemu');
  });
  test('fits this host', async () => {
    const osRelease = await readFile('/etc/os-release', 'utf8').catch(() => undefined);
    if (osRelease?.includes('ID=debian')) expect(getInstallCommand('linux', osRelease)).toContain('ovmf');
  });
});
