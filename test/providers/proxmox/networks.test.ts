import { setImmediate } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { missingContracts } from '../../support/proxmox/contract-server.ts';
import { expectPlanned, type MachineBench, openMachineBench } from './support/machine-bench.ts';

const missing = missingContracts();
const id = (rest: string) => `proxmox:lab/${rest}`;

describe.skipIf(missing !== undefined).each(['8.4', '9.2'] as const)(
  `networks of Proxmox VE %s ${missing ?? ''}`,
  version => {
    let bench: MachineBench;
    const node = (name: string) => {
      const found = bench.server.cluster.nodes.get(name);
      if (found === undefined) throw new Error(`no node ${name}`);
      return found;
    };
    /** What somebody else has changed in the pages of the node. */
    const changeElsewhere = () => {
      const changes = new Map(node('pve1').network);
      changes.set('vmbr7', { iface: 'vmbr7', type: 'bridge', method: 'manual', method6: 'manual' });
      node('pve1').changes = changes;
    };
    beforeAll(async () => {
      bench = await openMachineBench({ version });
      bench.server.cluster.section('sdn-zones').set('plain', { zone: 'plain', type: 'simple' });
      bench.server.cluster.section('sdn-zones').set('lan', { zone: 'lan', type: 'vlan', bridge: 'vmbr0' });
    });
    afterEach(() => {
      node('pve1').changes = undefined;
      bench.server.cluster.section('sdn-vnets').clear();
      bench.server.clearFaults();
    });
    afterAll(() => bench[Symbol.asyncDispose]());

    it('are the bridges of every node that works, with their machines', async () => {
      const { networks, unread } = await bench.run('network.list', {});
      expect(unread).toEqual(['node pve3: it is not online']);
      expect(networks).toMatchObject([
        {
          id: id('pve1/vmbr0'),
          node: 'pve1',
          kind: 'external',
          type: 'bridge',
          ports: ['nic0'],
          address: '192.0.2.11/24',
          active: true,
          machines: [100, 102, 200].map(vmid => id(String(vmid))),
        },
        { id: id('pve2/vmbr0'), node: 'pve2', machines: [id('101')] },
      ]);
    });

    it('are told in part when a node does not answer, and why', async () => {
      bench.server.fault({
        match: { template: '/nodes/{node}/network', params: { node: 'pve2' } },
        kind: 'status',
        status: 595,
        reason: 'No route to host',
        times: 9,
      });
      const { networks, unread } = await bench.run('network.list', {});
      expect(networks.map(network => network.id)).toEqual([id('pve1/vmbr0')]);
      expect(unread).toEqual(['node pve3: it is not online', expect.stringContaining('node pve2: ')]);
    });

    it('wait to be applied when they are made, unless that is asked for', async () => {
      const input = { name: 'vmbr1', node: 'pve1', vlanAware: true, comment: 'for the lab' };
      const waits = await expectPlanned(bench, 'network.create', input);
      expect(bench.sent()).toHaveLength(1);
      expect(waits).toMatchObject({
        network: { id: id('pve1/vmbr1'), kind: 'private', vlanAware: true, comment: 'for the lab', pending: 'new' },
        waiting: ['vmbr1'],
      });
      expect(node('pve1').network.has('vmbr1')).toBe(false);
      // It may be taken back, too.
      expect(await expectPlanned(bench, 'network.delete', { network: 'vmbr1' })).toMatchObject({
        deleted: id('pve1/vmbr1'),
      });
      node('pve1').changes = undefined;
      const made = await expectPlanned(bench, 'network.create', { ...input, address: '192.0.2.65/26', apply: true });
      expect(bench.sent().map(({ method, path }) => `${method} ${path}`)).toEqual([
        'POST /nodes/{node}/network',
        'PUT /nodes/{node}/network',
      ]);
      expect(made).toMatchObject({ network: { kind: 'internal', active: true, address: '192.0.2.65/26' } });
      expect(made.waiting).toBeUndefined();
      const gone = await expectPlanned(bench, 'network.delete', { network: id('pve1/vmbr1'), apply: true });
      expect(gone).toEqual({ deleted: id('pve1/vmbr1') });
      expect(node('pve1').network.has('vmbr1')).toBe(false);
    });

    it('never apply what others have left waiting without being told to', async () => {
      changeElsewhere();
      const input = { name: 'vmbr1', node: 'pve1', apply: true };
      bench.forget();
      const refused = { code: 'conflict', data: { field: 'apply', waiting: ['vmbr7'] } };
      await expect(bench.plan('network.create', input)).rejects.toMatchObject(refused);
      await expect(bench.run('network.create', input)).rejects.toMatchObject(refused);
      expect(bench.sent()).toEqual([]);
      const waits = await bench.run('network.create', { ...input, apply: false });
      expect(waits.waiting).toEqual(expect.arrayContaining(['vmbr1', 'vmbr7']));
      await expect(bench.run('network.delete', { network: 'vmbr1', apply: true })).rejects.toMatchObject(refused);
      const all = await expectPlanned(bench, 'network.delete', { network: 'vmbr1', apply: true, applyOthers: true });
      expect(all.waiting).toBeUndefined();
      expect(node('pve1').network.has('vmbr7')).toBe(true);
      node('pve1').network.delete('vmbr7');
    });

    it('do not apply what somebody has left in between', async () => {
      const { calls } = bench.server;
      const before = calls.length;
      const running = bench.run('network.create', { name: 'vmbr1', node: 'pve1', apply: true });
      running.catch(() => {});
      // Between the creation and the step that applies it.
      while (node('pve1').changes?.has('vmbr1') !== true) await setImmediate();
      node('pve1').changes?.set('vmbr8', { iface: 'vmbr8', type: 'bridge', method: 'manual', method6: 'manual' });
      await expect(running).rejects.toMatchObject({ code: 'conflict', data: { waiting: ['vmbr8'], changed: true } });
      expect(calls.slice(before).filter(({ method }) => method === 'PUT')).toEqual([]);
    });

    it('are refused where the host would refuse them, or be cut off', async () => {
      const create = (input: Parameters<typeof bench.run<'network.create'>>[1]) => bench.run('network.create', input);
      bench.forget();
      await expect(create({ name: 'vmbr0', node: 'pve1' })).rejects.toMatchObject({ code: 'conflict' });
      await expect(create({ name: 'vmbr1' })).rejects.toMatchObject({
        code: 'ambiguous',
        data: { candidates: ['pve1', 'pve2'] },
      });
      await expect(create({ name: 'vmbr1', node: 'pve3' })).rejects.toMatchObject({ code: 'not_found' });
      await expect(create({ name: 'a bridge', node: 'pve1' })).rejects.toMatchObject({ code: 'invalid' });
      await expect(create({ name: 'vmbr1', node: 'pve1', ports: ['nic7'] })).rejects.toMatchObject({
        code: 'not_found',
        data: { field: 'ports', candidates: ['nic0'] },
      });
      await expect(create({ name: 'vmbr1', node: 'pve1', zone: 'lan' })).rejects.toMatchObject({ code: 'unsupported' });
      await expect(bench.run('network.delete', { network: 'vmbr0' })).rejects.toMatchObject({
        code: 'ambiguous',
        data: { candidates: [id('pve1/vmbr0'), id('pve2/vmbr0')] },
      });
      await expect(bench.run('network.delete', { network: 'vmbr9' })).rejects.toMatchObject({ code: 'not_found' });
      await expect(bench.run('network.delete', { network: id('pve2/vmbr0') })).rejects.toMatchObject({
        code: 'conflict',
        data: { machines: [id('101')] },
      });
      const { config } = bench.server.guest(101);
      const { net0 = '', ...others } = config;
      bench.server.guest(101).config = others;
      await expect(bench.run('network.delete', { network: id('pve2/vmbr0') })).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('gateway'),
      });
      bench.server.guest(101).config = { ...others, net0 };
      expect(bench.sent()).toEqual([]);
    });

    it('are vnets of a zone, too', async () => {
      const input = { type: 'vnet' as const, name: 'lab1', zone: 'lan', tag: 20, comment: 'Lab one' };
      const waits = await expectPlanned(bench, 'network.create', input);
      expect(waits).toMatchObject({
        network: {
          id: id('sdn/lab1'),
          type: 'vnet',
          zone: 'lan',
          tag: 20,
          comment: 'Lab one',
          kind: 'external',
          pending: 'new',
        },
        waiting: ['vnet lab1 (new)'],
      });
      await expect(bench.run('network.create', { ...input, name: 'lab2', apply: true })).rejects.toMatchObject({
        code: 'conflict',
        data: { waiting: ['vnet lab1 (new)'] },
      });
      expect(await expectPlanned(bench, 'network.delete', { network: 'lab1' })).toMatchObject({
        deleted: id('sdn/lab1'),
      });
      const made = await expectPlanned(bench, 'network.create', {
        type: 'vnet',
        name: 'lab2',
        zone: 'plain',
        apply: true,
      });
      expect(bench.sent().map(({ method, path }) => `${method} ${path}`)).toEqual([
        'POST /cluster/sdn/vnets',
        'PUT /cluster/sdn',
      ]);
      expect(made).toEqual({ network: expect.objectContaining({ kind: 'internal' }) });
      expect(made.network.pending).toBeUndefined();
      await expect(bench.run('network.create', { ...input, tag: undefined })).rejects.toMatchObject({
        code: 'invalid',
        data: { field: 'tag' },
      });
      await expect(bench.run('network.create', { ...input, zone: 'none' })).rejects.toMatchObject({
        code: 'not_found',
        data: { candidates: expect.arrayContaining(['plain', 'lan']) },
      });
    });

    it.each([
      ['stall', 'timeout'],
      ['reset-after', 'host_fault'],
      ['close-mid-body', 'host_fault'],
    ] as const)('are never made twice when the answer does not come (%s)', async (kind, code) => {
      const session = bench.session;
      const fault = bench.server.fault({ match: { method: 'POST', template: '/cluster/sdn/vnets' }, kind, times: 5 });
      const { signal } = new AbortController();
      const request = { method: 'POST', path: '/cluster/sdn/vnets', params: { vnet: 'x1', zone: 'plain' } } as const;
      const sending =
        kind === 'stall'
          ? session.client.send(request, { signal, timeoutMilliseconds: 300 })
          : bench.run('network.create', { type: 'vnet', name: 'x1', zone: 'plain' });
      await expect(sending).rejects.toMatchObject({ code, data: { mayHaveBeenCarriedOut: true } });
      expect(fault.met).toBe(1);
    });
  },
);
