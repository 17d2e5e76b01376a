import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { changeAdapterText } from '../../../src/providers/proxmox/networks/adapter-text.ts';
import { missingContracts } from '../../support/proxmox/contract-server.ts';
import { expectPlanned, type MachineBench, openMachineBench } from './support/machine-bench.ts';

const missing = missingContracts();
const web = 'proxmox:lab/100';
const proxy = 'proxmox:lab/200';

describe('the setting of an adapter', () => {
  const change = (present: string | undefined, settings: object, type: 'qemu' | 'lxc' = 'qemu') =>
    changeAdapterText(type, present, settings as Parameters<typeof changeAdapterText>[2], 'net1');

  it.each([
    [
      'virtio=BC:24:11:00:01:00,bridge=vmbr0,firewall=1',
      { bridge: 'vmbr1' },
      'virtio=BC:24:11:00:01:00,bridge=vmbr1,firewall=1',
    ],
    ['virtio=BC:24:11:00:01:00,bridge=vmbr0', { model: 'e1000' }, 'e1000=BC:24:11:00:01:00,bridge=vmbr0'],
    ['model=virtio,macaddr=BC:24:11:00:01:00,bridge=vmbr0', { vlan: 7 }, 'virtio=BC:24:11:00:01:00,bridge=vmbr0,tag=7'],
    [
      'virtio=BC:24:11:00:01:00,bridge=vmbr0,queues=4,trunks=5;6',
      { mac: 'bc:24:11:00:01:09' },
      'virtio=BC:24:11:00:01:09,bridge=vmbr0,queues=4,trunks=5;6',
    ],
    [
      'virtio=BC:24:11:00:01:00,bridge=vmbr0,tag=7,rate=5,mtu=1400,firewall=1,link_down=1',
      { vlan: 0, rate: 0, mtu: 0, firewall: 'no', connected: 'yes' },
      'virtio=BC:24:11:00:01:00,bridge=vmbr0',
    ],
    [undefined, { bridge: 'vmbr0' }, 'model=virtio,bridge=vmbr0'],
    [
      undefined,
      { bridge: 'vmbr0', model: 'vmxnet3', mac: 'BC:24:11:00:01:09' },
      'vmxnet3=BC:24:11:00:01:09,bridge=vmbr0',
    ],
  ])('of a machine, %s with %j, becomes %s', (present, settings, expected) => {
    expect(change(present, settings)).toBe(expected);
  });

  it.each([
    [
      'name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:02:00,ip=dhcp,type=veth',
      { bridge: 'vmbr1', address: '192.0.2.9/24', gateway: '192.0.2.1' },
      'name=eth0,bridge=vmbr1,hwaddr=BC:24:11:00:02:00,ip=192.0.2.9/24,type=veth,gw=192.0.2.1',
    ],
    [
      'name=eth0,bridge=vmbr0,gw=192.0.2.1,ip=192.0.2.9/24',
      { gateway: 'none', address: 'dhcp' },
      'name=eth0,bridge=vmbr0,ip=dhcp',
    ],
    [undefined, { bridge: 'vmbr0', address: 'dhcp', address6: 'auto' }, 'name=eth1,bridge=vmbr0,ip=dhcp,ip6=auto'],
    [
      'name=eth0,bridge=vmbr0',
      { name: 'lan0', mac: 'bc:24:11:00:02:01' },
      'name=lan0,hwaddr=BC:24:11:00:02:01,bridge=vmbr0',
    ],
  ])('of a container, %s with %j, becomes %s', (present, settings, expected) => {
    expect(change(present, settings, 'lxc')).toBe(expected);
  });

  it('takes no fields of the other kind, and no unknown model', () => {
    expect(() => change(undefined, { address: 'dhcp' })).toThrow(expect.objectContaining({ code: 'unsupported' }));
    expect(() => change(undefined, { model: 'virtio' }, 'lxc')).toThrow(
      expect.objectContaining({ code: 'unsupported' }),
    );
    expect(() => change(undefined, { model: 'virtoi' })).toThrow(expect.objectContaining({ code: 'invalid' }));
  });
});

describe.skipIf(missing !== undefined).each(['8.4', '9.2'] as const)(
  `network adapters at Proxmox VE %s ${missing ?? ''}`,
  version => {
    let bench: MachineBench;
    beforeAll(async () => {
      bench = await openMachineBench({ version });
      bench.server.cluster.nodes.get('pve1')?.network.set('vmbr1', { iface: 'vmbr1', type: 'bridge', active: '1' });
    });
    afterEach(() => bench.server.clearFaults());
    afterAll(() => bench[Symbol.asyncDispose]());

    it('are listed with what is set of them', async () => {
      const { adapters } = await bench.run('vm.adapter.list', { vm: web });
      expect(adapters).toMatchObject([
        { key: 'net0', model: 'virtio', mac: 'BC:24:11:00:01:00', bridge: 'vmbr0', firewall: true },
      ]);
      const container = await bench.run('vm.adapter.list', { vm: proxy });
      expect(container.adapters).toMatchObject([{ key: 'net0', name: 'eth0', address: 'dhcp', bridge: 'vmbr0' }]);
    });

    it.each([web, proxy])('of %s are added, changed and removed', async vm => {
      const added = await expectPlanned(bench, 'vm.adapter.add', {
        vm,
        network: 'proxmox:lab/pve1/vmbr1',
        vlan: 20,
        rate: 12.5,
      });
      expect(added.adapter).toMatchObject({ key: 'net1', bridge: 'vmbr1', vlan: 20, rate: 12.5, connected: true });
      const before = (await bench.run('vm.adapter.list', { vm })).adapters[1];
      const moved = await expectPlanned(bench, 'vm.adapter.set', {
        vm,
        adapter: 'net1',
        network: 'vmbr0',
        vlan: 0,
        connected: 'no',
      });
      expect(moved.adapter).toMatchObject({ bridge: 'vmbr0', connected: false });
      expect(moved.adapter.vlan).toBeUndefined();
      expect(moved.adapter.mac).toBe(before?.mac);
      bench.forget();
      await bench.run('vm.adapter.set', { vm, adapter: 'net1', network: 'vmbr0' });
      expect(bench.sent()).toEqual([]);
      const removed = await expectPlanned(bench, 'vm.adapter.remove', { vm, adapter: 'net1' });
      expect(removed).toMatchObject({
        removed: 'net1',
        before: { network: 'vmbr0', connected: 'no', vlan: 0, rate: 12.5, mac: before?.mac },
      });
      expect((await bench.run('vm.adapter.list', { vm })).adapters).toHaveLength(1);
    });

    it('are refused where there is no such network, adapter or free state', async () => {
      bench.forget();
      const add = (network: string) => bench.run('vm.adapter.add', { vm: web, network });
      await expect(add('vmbr2')).rejects.toMatchObject({ code: 'not_found', data: { candidates: ['vmbr0', 'vmbr1'] } });
      await expect(add('proxmox:lab/pve2/vmbr0')).rejects.toMatchObject({ code: 'conflict', data: { node: 'pve1' } });
      await expect(bench.run('vm.adapter.remove', { vm: web, adapter: 'net5' })).rejects.toMatchObject({
        code: 'not_found',
        data: { candidates: ['net0'] },
      });
      bench.server.guest(100).lock = 'backup';
      await expect(add('vmbr0')).rejects.toMatchObject({ code: 'conflict', data: { lock: 'backup' } });
      delete bench.server.guest(100).lock;
      expect(bench.sent()).toEqual([]);
    });

    it.each(['reset-after', 'close-mid-body'] as const)(
      'are never changed twice when the answer is lost (%s)',
      async kind => {
        for (const [vm, template] of [
          [web, '/nodes/{node}/qemu/{vmid}/config'],
          [proxy, '/nodes/{node}/lxc/{vmid}/config'],
        ] as const) {
          const fault = bench.server.fault({
            match: { method: vm === web ? 'POST' : 'PUT', template },
            kind,
            times: 5,
          });
          const adding = bench.run('vm.adapter.add', { vm, network: 'vmbr1' });
          await expect(adding).rejects.toMatchObject({ code: 'host_fault', data: { mayHaveBeenCarriedOut: true } });
          expect(fault.met).toBe(1);
          bench.server.clearFaults();
          await bench.server.settleTasks();
          await bench.run('vm.adapter.remove', { vm, adapter: 'net1' });
        }
      },
    );

    it('are not changed at a host with another certificate', async () => {
      bench.server.dropConnections();
      const { openSessionAt } = await import('./support/machine-bench.ts');
      const session = await openSessionAt(bench.server, { caFile: undefined, fingerprints: ['00'.repeat(32)] });
      bench.forget();
      const { setAdapter } = await import('../../../src/providers/proxmox/networks/change-adapters.ts');
      const call = { signal: new AbortController().signal, door: 'cli' as const, progress() {} };
      await expect(setAdapter.run(session, { vm: web, adapter: 'net0', vlan: 9 }, call)).rejects.toMatchObject({
        code: 'denied',
      });
      expect(bench.sent()).toEqual([]);
      await session.client.close();
    });
  },
);
