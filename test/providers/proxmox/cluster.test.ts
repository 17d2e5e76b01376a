import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { missingContracts } from '../../support/proxmox/contract-server.ts';
import { expectPlanned, type MachineBench, openMachineBench } from './support/machine-bench.ts';

const missing = missingContracts();

describe.skipIf(missing !== undefined).each(['8.4', '9.2'] as const)(
  `a cluster of Proxmox VE %s ${missing ?? ''}`,
  version => {
    let bench: MachineBench;

    beforeEach(async () => {
      bench = await openMachineBench({ version });
    });
    afterEach(() => bench[Symbol.asyncDispose]());

    it('lists its nodes with one request, and more of each when asked', async () => {
      const { nodes } = await bench.run('node.list', {});
      expect(bench.server.calls).toHaveLength(1);
      expect(nodes.map(({ name, state }) => `${name} ${state}`)).toEqual([
        'pve1 online',
        'pve2 online',
        'pve3 offline',
      ]);
      expect(nodes[0]).toMatchObject({
        provider: 'proxmox',
        host: 'lab',
        cpus: 16,
        cpuUsage: 0.05,
        uptimeSeconds: 864_000,
      });
      expect(nodes[0]?.version).toBeUndefined();
      const detailed = await bench.run('node.list', { detailed: true });
      expect(detailed.nodes[0]).toMatchObject({
        version: version === '8.4' ? '8.4.5' : '9.2.3',
        kernel: '6.17.2-1-pve',
        loadAverage: [0.1, 0.2, 0.15],
      });
      expect(detailed.nodes[2]).toEqual(nodes[2]);
    });

    it('keeps the row of a node that does not tell more', async () => {
      bench.server.fault({
        match: { template: '/nodes/{node}/status', params: { node: 'pve2' } },
        kind: 'status',
        times: 9,
      });
      const { nodes } = await bench.run('node.list', { detailed: true });
      expect(nodes.map(node => node.kernel)).toEqual(['6.17.2-1-pve', undefined, undefined]);
    });

    it('tells whether it has quorum', async () => {
      const { cluster } = await bench.run('cluster.status', {});
      expect(cluster).toMatchObject({ host: 'lab', name: 'lab', quorate: true });
      expect(cluster.nodes.map(({ name, online, local }) => `${name} ${online} ${local}`)).toEqual([
        'pve1 true true',
        'pve2 true false',
        'pve3 false false',
      ]);
    });

    it('looks after a machine, changes how, and lets it go', async () => {
      const { resource } = await expectPlanned(bench, 'ha.set', {
        vm: 'proxmox:lab/100',
        state: 'started',
        maxRestart: 3,
      });
      expect(resource).toMatchObject({ id: 'vm:100', vm: 'proxmox:lab/100', state: 'started', maxRestart: 3 });
      expect(bench.sent()[0]?.method).toBe('POST');
      const changed = await expectPlanned(bench, 'ha.set', {
        vm: 'proxmox:lab/100',
        state: 'ignored',
        comment: 'for a while',
      });
      expect(bench.sent()[0]).toMatchObject({ method: 'PUT', path: '/cluster/ha/resources/{sid}' });
      expect(changed.resource).toMatchObject({ state: 'ignored', maxRestart: 3, comment: 'for a while' });
      const container = await expectPlanned(bench, 'ha.set', { vm: 'proxmox:lab/200' });
      expect(container.resource).toMatchObject({ id: 'ct:200', state: 'started' });
      expect((await bench.run('ha.list', {})).resources.map(({ id }) => id).sort()).toEqual(['ct:200', 'vm:100']);
      expect(await expectPlanned(bench, 'ha.remove', { vm: 'proxmox:lab/100' })).toEqual({ removed: 'vm:100' });
      await expect(bench.run('ha.remove', { vm: 'proxmox:lab/100' })).rejects.toMatchObject({ code: 'not_found' });
    });

    it('has rules in 9 and groups in 8', async () => {
      const nodes = ['pve1:2', 'pve2'];
      if (version === '8.4') {
        const { rule } = await expectPlanned(bench, 'ha.rule.set', { rule: 'near', nodes, strict: 'on' });
        expect(rule).toEqual({ id: 'near', kind: 'group', nodes, vms: [], strict: true, enabled: true });
        await bench.run('ha.set', { vm: 'proxmox:lab/100', group: 'near' });
        expect((await bench.run('ha.list', {})).rules[0]?.vms).toEqual(['proxmox:lab/100']);
        const foreign = bench.run('ha.rule.set', { rule: 'near', affinity: 'negative' });
        await expect(foreign).rejects.toMatchObject({ code: 'unsupported', data: { field: 'affinity' } });
        const failback = bench.run('ha.set', { vm: 'proxmox:lab/100', failback: 'off' });
        await expect(failback).rejects.toMatchObject({ code: 'unsupported', data: { field: 'failback' } });
      } else {
        await bench.run('ha.set', { vm: 'proxmox:lab/100', failback: 'off' });
        await bench.run('ha.set', { vm: 'proxmox:lab/200' });
        const { rule } = await expectPlanned(bench, 'ha.rule.set', { rule: 'near', nodes, vms: ['web'] });
        expect(rule).toMatchObject({
          id: 'near',
          kind: 'node-affinity',
          vms: ['proxmox:lab/100'],
          nodes,
          enabled: true,
        });
        const apart = await expectPlanned(bench, 'ha.rule.set', {
          rule: 'apart',
          affinity: 'negative',
          vms: ['web', '200'],
        });
        expect(apart.rule).toMatchObject({ kind: 'resource-affinity', affinity: 'negative' });
        const changed = await expectPlanned(bench, 'ha.rule.set', { rule: 'near', state: 'disabled' });
        expect(changed.rule).toMatchObject({ enabled: false, nodes });
        const turned = bench.run('ha.rule.set', { rule: 'near', affinity: 'positive' });
        await expect(turned).rejects.toMatchObject({ code: 'conflict' });
        const group = bench.run('ha.set', { vm: 'proxmox:lab/100', group: 'near' });
        await expect(group).rejects.toMatchObject({ code: 'unsupported', data: { field: 'group' } });
      }
      expect(await expectPlanned(bench, 'ha.rule.remove', { rule: 'near' })).toEqual({ removed: 'near' });
      await expect(bench.run('ha.rule.remove', { rule: 'near' })).rejects.toMatchObject({ code: 'not_found' });
      await expect(bench.run('ha.rule.set', { rule: 'empty' })).rejects.toMatchObject({ code: 'invalid' });
    });

    it('copies the disks of a machine to another node', async () => {
      const { job } = await expectPlanned(bench, 'replication.set', {
        vm: 'proxmox:lab/100',
        target: 'pve2',
        rateMegabytes: 10,
      });
      expect(job).toMatchObject({
        id: '100-0',
        vm: 'proxmox:lab/100',
        target: 'pve2',
        schedule: '*/15',
        rateMegabytes: 10,
      });
      const changed = await expectPlanned(bench, 'replication.set', {
        vm: 'proxmox:lab/100',
        target: 'pve2',
        state: 'disabled',
      });
      expect(changed.job).toMatchObject({ id: '100-0', enabled: false });
      const second = await expectPlanned(bench, 'replication.set', { vm: 'proxmox:lab/100', target: 'pve3' });
      expect(second.job.id).toBe('100-1');
      expect((await bench.run('replication.list', { vm: 'proxmox:lab/101' })).jobs).toEqual([]);
      expect(await expectPlanned(bench, 'replication.run', { job: '100-0' })).toEqual({ scheduled: '100-0' });
      expect(bench.sent()[0]?.params).toEqual({ node: 'pve1', id: '100-0' });
      expect(await expectPlanned(bench, 'replication.remove', { job: '100-0' })).toEqual({ removed: '100-0' });
      const itself = bench.run('replication.set', { vm: 'proxmox:lab/100', target: 'pve1' });
      await expect(itself).rejects.toMatchObject({ code: 'conflict', data: { field: 'target' } });
      await expect(bench.run('replication.run', { job: '999-0' })).rejects.toMatchObject({ code: 'not_found' });
    });
  },
);
