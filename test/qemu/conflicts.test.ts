import { describe, expect, test } from 'vitest';
import type { RegistryKey } from '../../src/host/windows/read-registry-key.ts';
import type { ConflictHost } from '../../src/qemu/conflicts/conflict.ts';
import { findConflicts } from '../../src/qemu/conflicts/find-conflicts.ts';
import { parseTaskList } from '../../src/qemu/conflicts/read-host.ts';

interface Facts {
  readonly files?: Readonly<Record<string, string>>;
  readonly programs?: readonly string[];
  readonly keys?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly mayUse?: boolean;
}

function describeHost({ files = {}, programs = [], keys = {}, mayUse = true }: Facts): ConflictHost {
  return {
    arch: 'x64',
    readText: async file => files[file],
    exists: async file => file in files,
    mayReadAndWrite: async () => mayUse,
    listPrograms: async () => new Map(programs.map((name, at) => [100 + at, name])),
    readKey: async (key): Promise<RegistryKey | undefined> => {
      const found = Object.entries(keys).find(([end]) => key.endsWith(end))?.[1];
      return found && { values: new Map(Object.entries(found)), subkeys: [] };
    },
  };
}
const find = async (platform: NodeJS.Platform, facts: Facts) =>
  (await findConflicts(undefined, platform, describeHost(facts))).map(
    ({ name, likelihood }) => `${name} ${likelihood}`,
  );

const good = { '/proc/cpuinfo': 'flags\t\t: fpu vmx sse\n', '/dev/kvm': '' };
const plain = { '/proc/cpuinfo': 'flags\t\t: fpu sse hypervisor\n' };
const library = { 'C:\\Windows\\System32\\WinHvPlatform.dll': '' };

describe('conflicts on Linux', () => {
  test.each<[string, Facts, string[]]>([
    ['nothing', { files: good }, []],
    ['a machine of VirtualBox', { files: good, programs: ['init', 'VBoxHeadless'] }, ['virtualbox certain']],
    ['a machine of VMware', { files: good, programs: ['vmware-vmx'] }, ['vmware certain']],
    [
      'loaded modules',
      { files: { ...good, '/proc/modules': 'vmmon 1 0\nvboxdrv 5 3 x,\n' } },
      ['virtualbox possible', 'vmware possible'],
    ],
    ['a module of a like name', { files: { ...good, '/proc/modules': 'vboxdrvx 5 3\nx vmmon\n' } }, []],
    ['no rights', { files: good, mayUse: false }, ['kvm_rights certain']],
    ['a nested host', { files: { ...plain, '/dev/kvm': '' } }, ['nested_virtualization certain']],
    ['no virtualization', { files: plain }, ['no_virtualization certain']],
    ['no module of KVM', { files: { '/proc/cpuinfo': 'flags : svm\n' } }, ['kvm_module certain']],
    ['an unreadable /proc', { files: {} }, []],
  ])('%s', async (_, facts, names) => expect(await find('linux', facts)).toEqual(names));

  test('come with a reason and a remedy, and on this host are read without fault', async () => {
    const [first] = await findConflicts(undefined, 'linux', describeHost({ files: good, programs: ['VBoxHeadless'] }));
    expect(first).toMatchObject({
      reason: expect.stringContaining('VBoxHeadless, process 100'),
      remedy: expect.any(String),
    });
    for (const { reason, remedy } of await findConflicts()) expect(`${reason}${remedy}`).toMatch(/\w/);
    await expect(findConflicts(AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('conflicts on Windows', () => {
  test.each<[string, Facts, string[]]>([
    ['nothing', { files: library }, []],
    ['the feature is off', {}, ['hypervisor_platform certain']],
    [
      'Memory Integrity',
      { files: library, keys: { HypervisorEnforcedCodeIntegrity: { Enabled: 1 } } },
      ['memory_integrity possible'],
    ],
    ['Memory Integrity that is off', { files: library, keys: { HypervisorEnforcedCodeIntegrity: { Enabled: 0 } } }, []],
    [
      'security by virtualization',
      { files: library, keys: { '\\DeviceGuard': { EnableVirtualizationBasedSecurity: 1 } } },
      ['virtualization_based_security possible'],
    ],
    ['a driver of VirtualBox', { files: library, keys: { VBoxSup: { Start: 1 } } }, ['virtualbox possible']],
    ['a driver that is turned off', { files: library, keys: { VBoxSup: { Start: 4 } } }, []],
    ['a machine of VMware', { files: library, programs: ['VMWARE-VMX.EXE'] }, ['vmware possible']],
  ])('%s', async (_, facts, names) => expect(await find('win32', facts)).toEqual(names));

  test('programs are read from the list of tasks', () => {
    const output =
      '"System Idle Process","0","Services","0","8 K"\r\n"vmware-vmx.exe","4711","Console","1","1,234 K"\r\n';
    expect([...parseTaskList(output)]).toEqual([
      [0, 'System Idle Process'],
      [4711, 'vmware-vmx.exe'],
    ]);
  });
});
