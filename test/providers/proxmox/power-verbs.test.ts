import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { missingContracts } from '../../support/proxmox/contract-server.ts';
import { expectPlanned, type MachineBench, openMachineBench, toldBy } from './support/machine-bench.ts';

const missing = missingContracts();
const vm = 'proxmox:lab/100';
const container = 'proxmox:lab/200';

describe.skipIf(missing !== undefined).each(['8.4', '9.2'] as const)(
  `power of Proxmox VE %s ${missing ?? ''}`,
  version => {
    let bench: MachineBench;
    beforeAll(async () => {
      bench = await openMachineBench({ version });
    });
    afterAll(() => bench[Symbol.asyncDispose]());
    beforeEach(() => {
      for (const id of [100, 200]) {
        const guest = bench.server.guest(id);
        Object.assign(guest, { running: true, qmpstatus: 'running', ignoresShutdown: false });
        delete guest.lock;
      }
      bench.forget();
    });

    it.each([vm, container])('of %s is switched off by its guest, and on again', async id => {
      const { machine, method } = await bench.run('vm.stop', { vm: id });
      expect([machine.state, method]).toEqual(['stopped', 'guest']);
      expect(bench.sent()).toMatchObject([
        { path: expect.stringMatching(/status\/shutdown$/), params: { timeout: '60' } },
      ]);
      const again = await bench.run('vm.stop', { vm: id });
      expect(again.method).toBe('already');
      expect(bench.sent()).toHaveLength(1);
      expect((await expectPlanned(bench, 'vm.start', { vm: id })).machine).toMatchObject({ state: 'running' });
      expect(await expectPlanned(bench, 'vm.start', { vm: id })).toMatchObject({ machine: { state: 'running' } });
      expect(bench.sent()).toEqual([]);
    });

    it.each([vm, container])('of %s is cut when the guest does not react', async id => {
      bench.server.guest(Number(id.split('/')[1])).ignoresShutdown = true;
      const plan = await bench.plan('vm.stop', { vm: id, timeoutSeconds: 5 });
      expect(plan.map(({ condition }) => condition)).toEqual([
        undefined,
        'When the guest has not shut down after 5 s.',
      ]);
      const { machine, method } = await bench.run('vm.stop', { vm: id, timeoutSeconds: 5 });
      expect([machine.state, method]).toEqual(['stopped', 'kill']);
      expect(bench.sent()).toEqual(toldBy(plan));
    });

    it.each([
      { vm, force: true },
      { vm: container, timeoutSeconds: 0 },
    ])('is cut at once when that is asked for: %j', async input => {
      expect((await expectPlanned(bench, 'vm.stop', input)).method).toBe('kill');
      expect(bench.sent()).toHaveLength(1);
    });

    it('is restarted by the guest, or by the button', async () => {
      await expectPlanned(bench, 'vm.restart', { vm });
      await expectPlanned(bench, 'vm.restart', { vm, force: true });
      expect(bench.sent()[0]?.path).toBe('/nodes/{node}/qemu/{vmid}/status/reset');
      await expectPlanned(bench, 'vm.restart', { vm: container });
      await expectPlanned(bench, 'vm.restart', { vm: container, force: true });
      expect(bench.sent().map(({ path }) => path.split('/').at(-1))).toEqual(['stop', 'start']);
      bench.server.guest(100).ignoresShutdown = true;
      await expect(bench.run('vm.restart', { vm })).rejects.toMatchObject({
        code: 'timeout',
        remedy: 'Restart it with force.',
      });
      await bench.run('vm.stop', { vm, force: true });
      await expect(bench.run('vm.restart', { vm })).rejects.toMatchObject({
        code: 'conflict',
        data: { state: 'stopped' },
      });
    });

    it('is paused in memory, and goes on', async () => {
      expect((await expectPlanned(bench, 'vm.pause', { vm })).machine).toMatchObject({
        state: 'paused',
        nativeState: 'paused',
      });
      expect((await bench.run('vm.pause', { vm })).machine.state).toBe('paused');
      await expect(bench.run('vm.start', { vm })).rejects.toMatchObject({
        code: 'conflict',
        remedy: expect.stringContaining('vm.resume'),
      });
      expect((await expectPlanned(bench, 'vm.resume', { vm })).machine.state).toBe('running');
      await expect(bench.run('vm.pause', { vm: container })).rejects.toMatchObject({
        code: 'unsupported',
        data: { kind: 'container' },
      });
    });

    it('is cut of a paused machine, which hears nothing', async () => {
      await bench.run('vm.pause', { vm });
      expect((await expectPlanned(bench, 'vm.stop', { vm })).method).toBe('kill');
    });

    it('is saved to disk, and goes on from there', async () => {
      expect((await expectPlanned(bench, 'vm.suspend', { vm, storage: 'local-lvm' })).machine).toMatchObject({
        state: 'saved',
        lock: 'suspended',
      });
      bench.forget();
      expect((await bench.run('vm.suspend', { vm })).machine.state).toBe('saved');
      expect((await bench.run('vm.stop', { vm })).method).toBe('already');
      expect(bench.sent()).toEqual([]);
      await expect(bench.run('vm.checkpoint.create', { vm })).rejects.toMatchObject({ code: 'conflict' });
      expect((await expectPlanned(bench, 'vm.resume', { vm })).machine.state).toBe('running');
      await bench.run('vm.suspend', { vm });
      expect((await expectPlanned(bench, 'vm.start', { vm })).machine.state).toBe('running');
    });

    it('of a container is saved by what is an experiment there', async () => {
      await expectPlanned(bench, 'vm.suspend', { vm: container });
      await expect(bench.run('vm.suspend', { vm: container, storage: 'local-lvm' })).rejects.toMatchObject({
        code: expect.stringMatching(/unsupported|conflict/),
      });
    });

    it('is not given to templates', async () => {
      await expect(bench.run('vm.start', { vm: 'proxmox:lab/102' })).rejects.toMatchObject({
        code: 'conflict',
        remedy: expect.stringContaining('vm.clone'),
      });
    });

    it('is waited for', async () => {
      const waiting = bench.run('vm.wait', { vm, for: 'stopped', timeoutSeconds: 10 });
      await bench.run('vm.stop', { vm, force: true });
      expect(await waiting).toMatchObject({ reached: true, detail: 'it is stopped' });
      await expect(bench.run('vm.wait', { vm, for: 'agent' })).rejects.toMatchObject({ code: 'conflict' });
      await bench.run('vm.start', { vm });
      expect(await bench.run('vm.wait', { vm, for: 'agent' })).toMatchObject({ reached: true });
      bench.server.guest(100).agent.present = false;
      await expect(bench.run('vm.wait', { vm, for: 'agent', timeoutSeconds: 1 })).rejects.toMatchObject({
        code: 'timeout',
        message: expect.stringContaining('no guest agent answers'),
      });
      bench.server.guest(100).agent.present = true;
      await expect(bench.run('vm.wait', { vm, for: 'login' })).rejects.toMatchObject({ code: 'unsupported' });
      await expect(bench.run('vm.wait', { vm: container, for: 'agent' })).rejects.toMatchObject({
        code: 'unsupported',
      });
    });

    it('of one that high availability looks after is waited for, as the host only notes what is wanted', async () => {
      const managed = bench.server.cluster.section('ha-resources');
      managed.set('vm:100', { sid: 'vm:100', type: 'vm', state: 'started' });
      const guest = bench.server.guest(100);
      const noted = (template: RegExp, later: () => void) => {
        bench.server.fault({ match: { method: 'POST', template }, kind: 'status', status: 200, body: '{"data":null}' });
        setTimeout(later, 300);
      };
      try {
        noted(/qemu.*shutdown$/, () => Object.assign(guest, { running: false, qmpstatus: 'stopped' }));
        expect(await bench.run('vm.stop', { vm })).toMatchObject({ method: 'guest', machine: { state: 'stopped' } });
        noted(/qemu.*start$/, () => Object.assign(guest, { running: true, qmpstatus: 'running' }));
        expect((await bench.run('vm.start', { vm })).machine.state).toBe('running');
        await expect(bench.run('vm.suspend', { vm })).rejects.toMatchObject({ code: 'conflict' });
        await bench.run('vm.stop', { vm, force: true });
        await expect(bench.run('vm.delete', { vm })).rejects.toMatchObject({
          code: 'conflict',
          data: { field: 'purge' },
        });
      } finally {
        managed.delete('vm:100');
      }
    });

    it('is left as it is by a call that was cancelled, whose task is stopped', async () => {
      bench.server.taskTimes.byType.qmshutdown = 3000;
      const cancel = new AbortController();
      const stopping = bench.run('vm.stop', { vm }, { signal: cancel.signal });
      await expect.poll(() => bench.sent().length).toBe(1);
      cancel.abort();
      await expect(stopping).rejects.toMatchObject({ code: 'cancelled' });
      expect(bench.sent().map(({ method, path }) => `${method} ${path}`)).toEqual([
        'POST /nodes/{node}/qemu/{vmid}/status/shutdown',
        'DELETE /nodes/{node}/tasks/{upid}',
      ]);
      expect((await bench.run('vm.get', { vm })).machine.state).toBe('running');
      delete bench.server.taskTimes.byType.qmshutdown;
    });
  },
);
