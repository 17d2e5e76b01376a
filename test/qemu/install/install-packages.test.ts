import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { getInstallCommand } from '../../../src/qemu/find/install-command.ts';
import { packageManagers } from '../../../src/qemu/install/package-managers.ts';
import { PretendSystem, putEngine } from './support.ts';

let system: PretendSystem;
beforeEach(async () => {
  system = await PretendSystem.create();
});
afterEach(() => system[Symbol.asyncDispose]());

const installs = `case "$*" in *qemu*) ${putEngine('"$PRETEND/usr"', '9.2.0')} ;; esac`;
const aptInstall =
  'env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends qemu-system-x86 qemu-utils ovmf';

describe('installing by the package manager', () => {
  test('tells the command, runs it and finds what it installed', async () => {
    await system.addProgram('apt-get', installs);
    expect(await system.install()).toEqual({
      changed: true,
      method: 'packageManager',
      commands: [aptInstall],
      system: join(system.root, 'usr', 'qemu-system-x86_64'),
      version: '9.2.0',
      warnings: [],
    });
    expect(system.messages()).toContain(`running: ${aptInstall}`);
    expect(await system.calls()).toEqual([aptInstall.replace('env DEBIAN_FRONTEND=noninteractive ', '')]);
  });

  test('does nothing when QEMU and its firmware are there, unless forced', async () => {
    await system.addProgram('apt-get', installs);
    await system.install();
    expect(await system.install()).toMatchObject({ changed: false, commands: [], version: '9.2.0' });
    expect(await system.calls()).toHaveLength(1);
    expect(await system.install({ force: true })).toMatchObject({ changed: true });
    expect(await system.calls()).toHaveLength(2);
  });

  test('only plans when asked to', async () => {
    await system.addProgram('apt-get', installs);
    expect(await system.install({ planOnly: true })).toMatchObject({ changed: false, commands: [aptInstall] });
    expect(await system.calls()).toEqual([]);
  });

  test.each([
    ['ID=debian', 'apt', 1],
    ['ID=fedora', 'dnf', 1],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"', 'dnf', 2],
    ['ID=manjaro\nID_LIKE=arch', 'pacman', 1],
    ['ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"', 'zypper', 1],
    ['ID=alpine', 'apk', 1],
  ])('on %j takes %s, even among others', async (osRelease, name, count) => {
    for (const { program } of packageManagers) await system.addProgram(program, installs);
    const report = await system.install({ host: system.host({ osRelease }) });
    const manager = packageManagers.find(each => each.name === name);
    expect(report.commands).toHaveLength(count);
    expect((await system.calls()).every(call => call.startsWith(manager?.program ?? '-'))).toBe(true);
    // What is shown to those who do it by hand names the same main package.
    const shown = getInstallCommand('linux', osRelease);
    expect(manager?.install.some(word => word.includes('qemu') && shown.includes(word.replace(/-core$/, '')))).toBe(
      true,
    );
  });

  test('on macOS takes Homebrew, which refuses root', async () => {
    await system.addProgram('brew', installs);
    const host = (administrator: boolean) => system.host({ platform: 'darwin', administrator });
    await expect(system.install({ host: host(true) })).rejects.toMatchObject({ code: 'denied' });
    expect(await system.install({ host: host(false) })).toMatchObject({ commands: ['brew install qemu'] });
  });

  test('uses a sudo that asks for nothing, and else hands the command to a person', async () => {
    await system.addProgram('apt-get', installs);
    await system.addProgram('sudo', '[ "$1" = -n ] || exit 9\n[ -e "$PRETEND/allowed" ] || exit 1\nshift; exec "$@"');
    const host = system.host({ administrator: false });
    await expect(system.install({ host })).rejects.toMatchObject({
      code: 'denied',
      remedy: `sudo ${aptInstall}`,
    });
    await writeFile(join(system.root, 'allowed'), '');
    expect(await system.install({ host })).toMatchObject({ changed: true, commands: [`sudo -n ${aptInstall}`] });
  });

  test('without sudo and rights names the command', async () => {
    await system.addProgram('apk', installs);
    const outcome = system.install({ host: system.host({ administrator: false, osRelease: 'ID=alpine' }) });
    await expect(outcome).rejects.toMatchObject({
      code: 'denied',
      remedy: 'As root: apk add qemu-system-x86_64 qemu-img ovmf',
    });
  });

  test('mends package lists that are out of date, and tries again', async () => {
    await system.addProgram('dpkg');
    await system.addProgram(
      'apt-get',
      `case "$*" in *update*) touch "$PRETEND/fresh"; exit 0;; esac\n[ -e "$PRETEND/fresh" ] || exit 100\n${installs}`,
    );
    expect(await system.install()).toMatchObject({ changed: true });
    expect((await system.calls()).map(call => /dpkg --configure|update|install/.exec(call)?.[0])).toEqual([
      'install',
      'dpkg --configure',
      'update',
      'install',
    ]);
  });

  test('passes on what a manager that failed has printed, made safe', async () => {
    await system.addProgram('zypper', 'printf "no \\033[31mrepository\\n"; echo because >&2; exit 104');
    const outcome = system.install({ host: system.host({ osRelease: 'ID=sles' }) });
    await expect(outcome).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('104'),
      data: { exitCode: 104, stdout: 'no \\x1b[31mrepository\n', stderr: 'because\n' },
    });
  });

  test('notices that a manager without complaint installed nothing', async () => {
    await system.addProgram('apt-get');
    await expect(system.install()).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('not found'),
    });
  });

  test('says so when there is no manager that it knows', async () => {
    const outcome = system.install({ host: system.host({ osRelease: '' }) });
    await expect(outcome).rejects.toMatchObject({
      code: 'unsupported',
      remedy: expect.stringContaining('package manager'),
    });
  });

  test('does not help a wrong configuration', async () => {
    await system.addProgram('apt-get', installs);
    const outcome = system.install({ settings: { system: '/nowhere/qemu' } });
    await expect(outcome).rejects.toMatchObject({ code: 'conflict', remedy: expect.stringContaining('engine.system') });
    expect(await system.calls()).toEqual([]);
  });

  test('refuses the ways of other systems', async () => {
    for (const method of ['winget', 'download'] as const) {
      await expect(system.install({ method })).rejects.toMatchObject({
        code: 'unsupported',
        data: { field: 'method' },
      });
    }
  });

  test('ends the manager when it is cancelled', async () => {
    await system.addProgram('apt-get', 'touch "$PRETEND/started"; exec sleep 60');
    const controller = new AbortController();
    const started = Date.now();
    setTimeout(() => controller.abort(), 300);
    await expect(system.install({ signal: controller.signal })).rejects.toMatchObject({ code: 'cancelled' });
    expect(Date.now() - started).toBeLessThan(20_000);
  });
});
