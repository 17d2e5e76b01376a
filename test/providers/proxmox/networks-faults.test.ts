import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tools } from '../../../src/catalog/tools.ts';
import type { ToolId, ToolInput } from '../../../src/catalog/types.ts';
import { createNetwork } from '../../../src/providers/proxmox/networks/create-network.ts';
import { namesIn } from '../../../src/providers/proxmox/networks/read-networks.ts';
import { missingContracts } from '../../support/proxmox/contract-server.ts';
import { Authority } from '../../support/proxmox/tls/authority.ts';
import { type MachineBench, openMachineBench, openSessionAt } from './support/machine-bench.ts';

const missing = missingContracts();
const vm = 'proxmox:lab/100';
const container = 'proxmox:lab/200';

interface Verb {
  readonly tool: ToolId;
  readonly input: Readonly<Record<string, unknown>>;
  /** The request of it that is met by a fault. */
  readonly method: string;
  readonly template: string;
}

const verb = <Id extends ToolId>(tool: Id, input: Partial<ToolInput<Id>>, method: string, template: string): Verb => ({
  tool,
  input,
  method,
  template,
});
const bridge = { name: 'vmbr1', node: 'pve1' };
const vnet = { name: 'lab2', type: 'vnet' as const, zone: 'plain' };
const verbs: readonly Verb[] = [
  verb('network.create', bridge, 'POST', '/nodes/{node}/network'),
  verb('network.create', { ...bridge, apply: true }, 'PUT', '/nodes/{node}/network'),
  verb('network.delete', { network: 'vmbr5' }, 'DELETE', '/nodes/{node}/network/{iface}'),
  verb('network.create', vnet, 'POST', '/cluster/sdn/vnets'),
  verb('network.create', { ...vnet, apply: true }, 'PUT', '/cluster/sdn'),
  verb('network.delete', { network: 'lab1' }, 'DELETE', '/cluster/sdn/vnets/{vnet}'),
  verb('vm.adapter.add', { vm, network: 'vmbr0' }, 'POST', '/nodes/{node}/qemu/{vmid}/config'),
  verb('vm.adapter.set', { vm, adapter: 'net0', vlan: 9 }, 'POST', '/nodes/{node}/qemu/{vmid}/config'),
  verb('vm.adapter.remove', { vm, adapter: 'net0' }, 'POST', '/nodes/{node}/qemu/{vmid}/config'),
  verb('vm.adapter.set', { vm: container, adapter: 'net0', vlan: 9 }, 'PUT', '/nodes/{node}/lxc/{vmid}/config'),
  verb('vm.sendKeys', { vm, keys: ['a'] }, 'POST', '/nodes/{node}/qemu/{vmid}/vncproxy'),
  verb('vm.type', { vm: container, text: 'a' }, 'POST', '/nodes/{node}/lxc/{vmid}/vncproxy'),
];
const faults = [
  { kind: 'stall', code: 'timeout' },
  { kind: 'reset-before', code: 'host_fault' },
  { kind: 'reset-after', code: 'host_fault' },
  { kind: 'close-mid-body', code: 'host_fault' },
  { kind: 'status', status: 500, reason: 'out of luck', code: 'failed' },
  { kind: 'status', status: 596, reason: 'Broken pipe', code: 'host_fault' },
] as const;

describe.skipIf(missing !== undefined).each(['8.4', '9.2'] as const)(
  `changes of networks and consoles of Proxmox VE %s, when something goes wrong ${missing ?? ''}`,
  version => {
    let bench: MachineBench;
    beforeAll(async () => {
      bench = await openMachineBench({ version }, { timeoutSeconds: 1 });
    });
    beforeEach(() => {
      const { cluster } = bench.server;
      cluster.section('sdn-zones').set('plain', { zone: 'plain', type: 'simple' });
      cluster.section('sdn-vnets').set('lab1', { vnet: 'lab1', zone: 'plain', type: 'vnet' });
      const node = cluster.nodes.get('pve1');
      node?.network.set('vmbr5', { iface: 'vmbr5', type: 'bridge', active: '1' });
      node?.network.delete('vmbr1');
      if (node !== undefined) node.changes = undefined;
      cluster.section('sdn-vnets').delete('lab2');
      bench.server.guest(200).config.net0 = 'name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:02:00,ip=dhcp,type=veth';
      bench.server.guest(100).config.net0 = 'virtio=BC:24:11:00:01:00,bridge=vmbr0,firewall=1';
    });
    afterEach(async () => {
      bench.server.clearFaults();
      await bench.server.settleTasks();
    });
    afterAll(() => bench[Symbol.asyncDispose]());

    // Each stall takes its second: two verbs stand for the others.
    const cases = verbs.flatMap((one, index) =>
      faults
        .filter(({ kind }) => kind !== 'stall' || (version === '9.2' && index % 6 === 0))
        .map(fault => ({ ...one, ...fault })),
    );

    it.each(cases)(
      '$tool is sent once and told of when its $method meets $kind $status',
      async ({ tool, input, ...one }) => {
        const { method, template, kind, code } = one;
        const how = 'status' in one ? { status: one.status, reason: one.reason } : {};
        const fault = bench.server.fault({ match: { method, template }, kind, times: 9, ...how });
        await expect(bench.run(tool, input)).rejects.toMatchObject({ name: 'Fault', code });
        expect(fault.met).toBe(1);
      },
    );

    it.each(verbs)('$tool tells by its plan what it would begin with, and sends nothing', async ({ tool, input }) => {
      bench.forget();
      expect((await bench.plan(tool, input)).length).toBeGreaterThan(0);
      expect(bench.sent()).toEqual([]);
    });

    it('is told of as a failure when the task that applies it fails', async () => {
      bench.server.failTask('srvreload', 'ifreload failed');
      await expect(bench.run('network.create', { ...bridge, apply: true })).rejects.toMatchObject({
        code: 'failed',
        data: { exitStatus: expect.stringContaining('ifreload failed') },
      });
    });

    it('sends nothing once the certificate of the node is another', async () => {
      const session = await openSessionAt(bench.server, { addresses: bench.server.addresses.slice(0, 1) });
      const { signal } = new AbortController();
      await session.client.version(signal);
      const stranger = new Authority('somebody else');
      bench.server.changeCertificate('pve1', stranger.forServer(['127.0.0.1']));
      bench.server.dropConnections();
      bench.forget();
      const { run } = createNetwork;
      const call = { signal, door: 'cli' as const, progress() {} };
      const input = tools['network.create'].input.parse(bridge) as ToolInput<'network.create'>;
      await expect(run(session, input, call)).rejects.toMatchObject({ code: 'denied' });
      expect(bench.sent()).toEqual([]);
      bench.server.changeCertificate('pve1');
      bench.server.dropConnections();
      await session.client.close();
      stranger.remove();
    });
  },
);

describe('what waits to be applied', () => {
  const head =
    '--- /etc/network/interfaces\t2026-11-20 10:00:00\n+++ /etc/network/interfaces.new\t2026-11-20 10:01:00\n';
  it.each([
    [
      'a new bridge',
      '@@ -20,0 +21,5 @@\n+\n+auto vmbr1\n+iface vmbr1 inet manual\n+\tbridge-ports none\n+#for the lab\n',
      ['vmbr1'],
    ],
    ['one that goes', '@@ -20,4 +20,0 @@\n-auto vmbr1\n-iface vmbr1 inet manual\n', ['vmbr1']],
    [
      'a change below its name',
      '@@ -9,4 +9,5 @@\n iface vmbr0 inet static\n \tbridge-ports nic0\n+\tmtu 9000\n',
      ['vmbr0'],
    ],
    [
      'a change whose name is not shown',
      '@@ -12,3 +12,4 @@\n \tbridge-stp off\n \tbridge-fd 0\n+\tmtu 9000\n',
      ['an interface'],
    ],
    [
      'two changes',
      '@@ -3,2 +3,3 @@\n iface nic0 inet manual\n+\tmtu 9000\n@@ -12,2 +13,3 @@\n \tbridge-fd 0\n+\tmtu 9000\n',
      ['nic0', 'an interface'],
    ],
  ])('is known by name: %s', (_what, changes, expected) => {
    expect(namesIn(`${head}${changes}`)).toEqual(expected);
  });
});
