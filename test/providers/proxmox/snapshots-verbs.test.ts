import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { missingContracts } from '../../support/proxmox/contract-server.ts';
import { expectPlanned, type MachineBench, openMachineBench } from './support/machine-bench.ts';

const missing = missingContracts();
const vm = 'proxmox:lab/100';
const off = 'proxmox:lab/101';
const container = 'proxmox:lab/200';

describe.skipIf(missing !== undefined).each(['8.4', '9.2'] as const)(
  `checkpoints of Proxmox VE %s ${missing ?? ''}`,
  version => {
    let bench: MachineBench;
    beforeAll(async () => {
      bench = await openMachineBench({ version });
    });
    afterAll(() => bench[Symbol.asyncDispose]());
    beforeEach(() => {
      for (const id of [100, 101, 200]) {
        const guest = bench.server.guest(id);
        guest.snapshots = [];
        delete guest.parent;
      }
      Object.assign(bench.server.guest(100), { running: true, qmpstatus: 'running' });
      Object.assign(bench.server.guest(200), { running: true });
      bench.forget();
    });

    it('make a tree, with the one marked that the machine stands on', async () => {
      for (const name of ['a1', 'b1']) await bench.run('vm.checkpoint.create', { vm: off, name });
      await bench.run('vm.checkpoint.restore', { vm: off, checkpoint: 'a1' });
      await bench.run('vm.checkpoint.create', { vm: off, name: 'c1' });
      const { checkpoints } = await bench.run('vm.checkpoint.list', { vm: off });
      const tree = checkpoints.map(({ id, parent, current }) => ({ id, parent, current }));
      expect(tree.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual([
        { id: 'a1', parent: undefined, current: false },
        { id: 'b1', parent: 'a1', current: false },
        { id: 'c1', parent: 'a1', current: true },
      ]);
      await bench.run('vm.checkpoint.delete', { vm: off, checkpoint: 'a1' });
      expect((await bench.run('vm.checkpoint.list', { vm: off })).checkpoints.map(({ parent }) => parent)).toEqual([
        undefined,
        undefined,
      ]);
    });

    it('hold the memory of a machine that runs, unless the disks alone are wanted', async () => {
      const withMemory = await expectPlanned(bench, 'vm.checkpoint.create', { vm, name: 'live' });
      expect(withMemory.checkpoint).toMatchObject({ id: 'live', name: 'live', memory: true, current: true });
      expect(
        (await expectPlanned(bench, 'vm.checkpoint.create', { vm, name: 'disks', disksOnly: true })).checkpoint.memory,
      ).toBe(false);
      expect((await expectPlanned(bench, 'vm.checkpoint.create', { vm: off, name: 'off' })).checkpoint.memory).toBe(
        false,
      );
      expect(
        (await expectPlanned(bench, 'vm.checkpoint.create', { vm: container, name: 'ct' })).checkpoint.memory,
      ).toBe(false);
    });

    it('keep names that the server would not take, and tell two of one name apart', async () => {
      const name = 'Vor dem Update: "große" Änderung & Co';
      const first = await expectPlanned(bench, 'vm.checkpoint.create', { vm: off, name });
      const second = await expectPlanned(bench, 'vm.checkpoint.create', { vm: off, name });
      expect([first.checkpoint.name, second.checkpoint.name]).toEqual([name, name]);
      expect(second.checkpoint.id).toBe(`${first.checkpoint.id}-2`);
      await expect(bench.run('vm.checkpoint.delete', { vm: off, checkpoint: name })).rejects.toMatchObject({
        code: 'ambiguous',
        data: { candidates: [first.checkpoint.id, second.checkpoint.id] },
      });
      expect(await expectPlanned(bench, 'vm.checkpoint.delete', { vm: off, checkpoint: first.checkpoint.id })).toEqual({
        deleted: first.checkpoint.id,
      });
      expect(await bench.run('vm.checkpoint.delete', { vm: off, checkpoint: name })).toEqual({
        deleted: second.checkpoint.id,
      });
      const { checkpoint } = await bench.run('vm.checkpoint.create', { vm: off });
      expect(checkpoint.name).toMatch(/^\d{4}-\d\d-\d\dT/);
    });

    it('are returned to, with memory while it runs, without only when it is off', async () => {
      await bench.run('vm.checkpoint.create', { vm, name: 'live' });
      await bench.run('vm.checkpoint.create', { vm, name: 'disks', disksOnly: true });
      expect((await expectPlanned(bench, 'vm.checkpoint.restore', { vm, checkpoint: 'live' })).machine.state).toBe(
        'running',
      );
      await expect(bench.run('vm.checkpoint.restore', { vm, checkpoint: 'disks' })).rejects.toMatchObject({
        code: 'conflict',
      });
      await bench.run('vm.stop', { vm, force: true });
      expect((await expectPlanned(bench, 'vm.checkpoint.restore', { vm, checkpoint: 'disks' })).machine.state).toBe(
        'stopped',
      );
      const started = await expectPlanned(bench, 'vm.checkpoint.restore', { vm, checkpoint: 'disks', start: true });
      expect(started.machine.state).toBe('running');
    });

    it('that are not there are named', async () => {
      await bench.run('vm.checkpoint.create', { vm: off, name: 'there' });
      for (const id of ['vm.checkpoint.restore', 'vm.checkpoint.delete'] as const) {
        await expect(bench.run(id, { vm: off, checkpoint: 'nowhere' })).rejects.toMatchObject({
          code: 'not_found',
          data: { field: 'checkpoint', candidates: ['there'] },
        });
      }
      await expect(bench.run('vm.checkpoint.create', { vm: 'proxmox:lab/102', name: 'x' })).rejects.toMatchObject({
        code: 'conflict',
      });
    });

    it('that fail tell the lines of the log', async () => {
      bench.server.failTask('qmsnapshot', 'snapshot create failed: no space left in the pool');
      await expect(bench.run('vm.checkpoint.create', { vm, name: 'full' })).rejects.toMatchObject({
        code: 'failed',
        message: 'Creating a checkpoint of "web" failed.',
        data: { exitStatus: expect.stringContaining('no space left'), log: expect.any(Array) },
      });
      expect((await bench.run('vm.checkpoint.list', { vm })).checkpoints).toEqual([]);
    });
  },
);
