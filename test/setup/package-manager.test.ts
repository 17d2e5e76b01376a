import { describe, expect, it } from 'vitest';
import {
  chooseManager,
  choosePackages,
  engineNeeds,
  findMissing,
  planInstallation,
  type System,
  testNeeds,
} from '../../scripts/setup/package-manager.mjs';

function describeSystem(programs: string[], changes: Partial<System> = {}): System {
  return {
    platform: 'linux',
    isRoot: false,
    hasTerminal: false,
    sudoWithoutPassword: false,
    hasProgram: name => programs.includes(name),
    hasFile: () => false,
    ...changes,
  };
}

describe('the choice of a package manager', () => {
  it.each([
    ['apt-get', 'linux', 'apt'],
    ['dnf', 'linux', 'dnf'],
    ['pacman', 'linux', 'pacman'],
    ['zypper', 'linux', 'zypper'],
    ['apk', 'linux', 'apk'],
    ['brew', 'darwin', 'brew'],
    ['winget', 'win32', 'winget'],
  ] as const)('takes %s on %s', (program, platform, manager) => {
    expect(chooseManager(describeSystem([program], { platform }))).toBe(manager);
  });

  it('takes the system’s own before brew on Linux, and none but brew on macOS', () => {
    expect(chooseManager(describeSystem(['brew', 'dnf']))).toBe('dnf');
    expect(chooseManager(describeSystem(['apt-get'], { platform: 'darwin' }))).toBeUndefined();
  });

  it('takes none when none is there', () => {
    expect(chooseManager(describeSystem([]))).toBeUndefined();
  });
});

describe('what is missing', () => {
  it('is everything on a bare Debian', () => {
    expect(choosePackages('apt', findMissing(engineNeeds, describeSystem(['apt-get'])))).toEqual([
      'qemu-system-x86',
      'qemu-utils',
      'ovmf',
    ]);
  });

  it('is nothing when the programs and a firmware file are there', () => {
    const system = describeSystem(['qemu-system-x86_64', 'qemu-img'], {
      hasFile: path => path === '/usr/share/OVMF/OVMF_CODE_4M.fd',
    });
    expect(findMissing(engineNeeds, system)).toEqual([]);
  });

  it('finds QEMU where its Windows installer puts it', () => {
    const folder = 'C:\\Program Files\\qemu\\';
    const system = describeSystem([], { platform: 'win32', hasFile: path => path.startsWith(folder) });
    expect(findMissing(engineNeeds, system)).toEqual([]);
  });

  it('asks for a package that has several of the missing things once', () => {
    expect(choosePackages('brew', [...engineNeeds])).toEqual(['qemu']);
  });

  it('leaves out what a package manager does not offer', () => {
    expect(choosePackages('winget', [...testNeeds])).toEqual([]);
  });
});

describe('the commands that install', () => {
  it('run directly for root, without recommended packages and without questions', () => {
    const plan = planInstallation('apt', ['qemu-utils'], describeSystem(['apt-get'], { isRoot: true }));
    expect(plan.allowed).toBe(true);
    expect(plan.install.join(' ')).toBe(
      'env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends qemu-utils',
    );
    expect(plan.refresh?.join(' ')).toContain('apt-get -o DPkg::Lock::Timeout=120 update');
    expect(plan.repair?.join(' ')).toContain('dpkg --configure -a');
  });

  it('go through sudo for a person at a terminal', () => {
    const plan = planInstallation('dnf', ['qemu-img'], describeSystem(['dnf', 'sudo'], { hasTerminal: true }));
    expect(plan).toMatchObject({ allowed: true });
    expect(plan.install.slice(0, 3)).toEqual(['sudo', 'dnf', 'install']);
  });

  it('are only shown when nobody can give the password', () => {
    expect(planInstallation('apt', ['ovmf'], describeSystem(['apt-get', 'sudo'])).allowed).toBe(false);
    expect(planInstallation('apt', ['ovmf'], describeSystem(['apt-get'], { hasTerminal: true })).allowed).toBe(false);
  });

  it('run without a terminal when sudo asks for no password', () => {
    const plan = planInstallation('apt', ['ovmf'], describeSystem(['apt-get', 'sudo'], { sudoWithoutPassword: true }));
    expect(plan.allowed).toBe(true);
  });

  it('never use sudo for brew and winget', () => {
    expect(planInstallation('brew', ['qemu'], describeSystem(['brew', 'sudo'])).install).toEqual([
      'brew',
      'install',
      'qemu',
    ]);
    expect(planInstallation('winget', ['X.Y'], describeSystem(['winget'])).install.slice(-2)).toEqual(['--id', 'X.Y']);
  });
});
