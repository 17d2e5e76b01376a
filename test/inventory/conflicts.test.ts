import { mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findRivals, type RivalHost } from '../../src/inventory/conflicts/find-rivals.ts';
import { type Answer, openTestBridge } from '../rpc/support/test-bridge.ts';

const mac = 'BC:24:11:2A:00:01';
const kinds = ({ conflicts }: Answer) => conflicts.map(({ kind, what }: Answer) => `${kind} ${what}`);

describe('conflicts', () => {
  it('are disks and addresses with two owners, by what the provider tells', async () => {
    const machines = [
      { name: 'web', disks: ['/d/web', '/d/shared'], macs: [mac], uuid: 'u-1', state: 'running' },
      { name: 'copy', disks: ['/d/shared'], macs: [mac], uuid: 'u-1', state: 'running' },
      { name: 'alone', macs: ['BC:24:11:2A:00:02'] },
    ];
    await using test = await openTestBridge({ memory: { machines } });
    const answer = await test.call('inventory.conflicts');
    expect(kinds(answer)).toEqual(['disk /d/shared', `mac ${mac}`, 'uuid u-1']);
    expect(answer).toMatchObject({ checked: 3, unseen: [], missing: [] });
    expect(answer.conflicts[0]).toMatchObject({
      severity: 'error',
      machines: ['memory:local/copy', 'memory:local/web'],
      reason: '2 machines that run write to this disk.',
    });
  });

  it('are none where all is well, and warn where nothing runs', async () => {
    await using well = await openTestBridge({ memory: { machines: [{ name: 'a' }, { name: 'b' }] } });
    expect((await well.call('inventory.conflicts')).conflicts).toEqual([]);
    const machines = ['a', 'b'].map(name => ({ name, macs: [mac] }));
    await using test = await openTestBridge({ memory: { machines } });
    expect(await test.call('inventory.conflicts')).toMatchObject({ conflicts: [{ kind: 'mac', severity: 'warning' }] });
  });

  it('say what was not looked at, and why', async () => {
    const machines = ['a', 'b', 'c'].map(name => ({ name }));
    await using test = await openTestBridge({ memory: { machines } });
    expect(await test.call('inventory.conflicts', { limit: 2 })).toMatchObject({
      checked: 2,
      unseen: [{ provider: 'memory', host: 'local', count: 1, reason: expect.stringContaining('limit') }],
    });
    const faults = [{ tool: 'inventory.conflicts', fault: 'denied', message: 'Not for you.' }];
    await using denied = await openTestBridge({ memory: { machines, faults } });
    expect(await denied.call('inventory.conflicts')).toMatchObject({
      checked: 0,
      unseen: [{ count: 3, reason: 'Not for you.' }],
    });
  });

  it('show no machine that may not be seen', async () => {
    const machines = ['a', 'b', 'c'].map(name => ({ name, disks: ['/d/one'] }));
    await using test = await openTestBridge({ memory: { machines }, flags: { machines: ['a', 'b'] } });
    expect((await test.call('inventory.conflicts')).conflicts[0].machines).toEqual([
      'memory:local/a',
      'memory:local/b',
    ]);
  });
});

describe('two machines of QEMU', () => {
  it('whose disks are one file by a link are in conflict', async () => {
    const configuration = { providers: { qemu: { enabled: true } } };
    await using test = await openTestBridge({ memory: false, configuration });
    const made = await Promise.all(
      ['one', 'two'].map(name => test.call('vm.create', { name, diskBytes: 2 ** 20, wait: 60 }).catch(fault => fault)),
    );
    // Without QEMU's tools there is no machine to look at.
    if (made.some(answer => answer.result === undefined)) return;
    expect(
      (await test.call('inventory.conflicts')).conflicts.filter(({ kind }: Answer) => kind !== 'hypervisors'),
    ).toEqual([]);
    const root = path.join(test.home, 'state', 'machines');
    const disks = await Promise.all(
      ['one', 'two'].map(async vm => (await test.call('vm.get', { vm })).hardware.disks[0].path as string),
    );
    const [first = '', second = ''] = disks;
    expect(readdirSync(root).length).toBeGreaterThan(1);
    rmSync(second);
    mkdirSync(path.dirname(second), { recursive: true });
    symlinkSync(first, second);
    const { conflicts } = await test.call('inventory.conflicts');
    expect(conflicts).toContainEqual(
      expect.objectContaining({ kind: 'disk', what: first, machines: ['qemu:local/one', 'qemu:local/two'] }),
    );
  });
});

describe('hypervisors of this computer', () => {
  const { signal } = new AbortController();
  const linux = (modules: string): RivalHost => ({
    platform: 'linux',
    readText: async () => modules,
    readKey: async () => undefined,
  });
  const line = (name: string, users: number) => `${name} 155648 ${users} - Live 0x0000000000000000 (OE)\n`;

  it.each([
    ['nothing', '', []],
    ['KVM in use alone', line('kvm_intel', 3) + line('kvm', 1), []],
    [
      'modules that only lie there',
      line('kvm_intel', 0) + line('vmmon', 0) + line('vboxdrv', 2) + line('vboxnetflt', 0) + line('vboxnetadp', 0),
      [],
    ],
    ['VMware in use beside an idle KVM', line('vmmon', 2) + line('kvm_amd', 0), ['warning VMware, KVM']],
    [
      'VirtualBox and KVM in use',
      line('vboxdrv', 3) + line('vboxnetflt', 0) + line('kvm_intel', 1),
      ['error KVM, VirtualBox'],
    ],
  ])('on Linux: %s', async (_name, modules, expected) => {
    const found = await findRivals(signal, linux(modules));
    expect(found.map(({ severity, what }) => `${severity} ${what}`)).toEqual(expected);
  });

  const windows = (keys: Record<string, [string, string | number]>): RivalHost => ({
    platform: 'win32',
    readText: async () => undefined,
    readKey: async key => {
      const found = Object.entries(keys).find(([end]) => key.endsWith(end));
      return found && { values: new Map([found[1]]), subkeys: [] };
    },
  });

  it.each<[string, Record<string, [string, string | number]>, string[]]>([
    ['Hyper-V alone', { vmms: ['Start', 2] }, []],
    ['no Hyper-V', { VirtualBox: ['Version', '5.2.44'] }, []],
    ['Hyper-V turned off', { vmms: ['Start', 4], VirtualBox: ['Version', '5.2.44'] }, []],
    [
      'an old VirtualBox',
      { vmms: ['Start', 2], VirtualBox: ['Version', '5.2.44'] },
      ['error Hyper-V, VirtualBox 5.2.44'],
    ],
    [
      'a new VMware',
      { vmms: ['Start', 2], 'VMware Workstation': ['ProductVersion', '17.5.0.1'] },
      ['warning Hyper-V, VMware Workstation 17.5.0.1'],
    ],
    [
      'an old VMware',
      { vmms: ['Start', 2], 'VMware Workstation': ['ProductVersion', '15.5.1'] },
      ['error Hyper-V, VMware Workstation 15.5.1'],
    ],
  ])('on Windows: %s', async (_name, keys, expected) => {
    const found = await findRivals(signal, windows(keys));
    expect(found.map(({ severity, what }) => `${severity} ${what}`)).toEqual(expected);
  });
});
