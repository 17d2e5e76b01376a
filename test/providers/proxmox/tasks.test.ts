import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { presentTask } from '../../../src/providers/proxmox/tasks/read-task.ts';
import { missingContracts } from '../../support/proxmox/contract-server.ts';
import { expectPlanned, type MachineBench, openMachineBench } from './support/machine-bench.ts';

const missing = missingContracts();

describe.skipIf(missing !== undefined).each(['8.4', '9.2'] as const)(
  `tasks of Proxmox VE %s ${missing ?? ''}`,
  version => {
    let bench: MachineBench;

    beforeEach(async () => {
      bench = await openMachineBench({ version });
    });
    afterEach(() => bench[Symbol.asyncDispose]());

    /** Begins one behind the provider's back, as somebody at the web page does. */
    async function begin(vmid: number, node: string, milliseconds: number): Promise<string> {
      bench.server.taskTimes.byType.vzdump = milliseconds;
      const request = {
        method: 'POST',
        path: '/nodes/{node}/vzdump',
        params: { node, vmid: String(vmid), storage: 'shared' },
      } as const;
      return String(await bench.session.client.send(request, { signal: new AbortController().signal }));
    }

    it('are listed over the nodes, newest first, and by what is wanted of them', async () => {
      bench.server.failTask('vzdump', 'no space');
      const failed = await begin(101, 'pve2', 1);
      await bench.server.settleTasks();
      const running = await begin(100, 'pve1', 5000);
      const all = await bench.run('task.list', {});
      expect(all.missing).toEqual([]);
      expect(new Set(all.tasks.map(({ id }) => id))).toEqual(new Set([running, failed]));
      const rows = new Map(all.tasks.map(task => [task.id, task]));
      expect(rows.get(running)).toMatchObject({
        node: 'pve1',
        kind: 'vzdump',
        target: '100',
        state: 'running',
        host: 'lab',
      });
      expect(rows.get(failed)).toMatchObject({ node: 'pve2', state: 'failed', result: 'no space' });
      const ids = async (input: object) => (await bench.run('task.list', input)).tasks.map(({ id }) => id);
      expect(await ids({ running: true })).toEqual([running]);
      expect(await ids({ failed: true })).toEqual([failed]);
      expect(await ids({ node: 'pve2' })).toEqual([failed]);
      expect(await ids({ vm: 'proxmox:lab/100' })).toEqual([running]);
      expect(await ids({ kind: 'qmstart' })).toEqual([]);
      expect(await ids({ limit: 1 })).toHaveLength(1);
    });

    it('are listed without the node that does not answer', async () => {
      const task = await begin(100, 'pve1', 1);
      bench.server.fault({
        match: { template: '/nodes/{node}/tasks', params: { node: 'pve2' } },
        kind: 'status',
        status: 595,
        times: 9,
      });
      const { tasks, missing: away } = await bench.run('task.list', {});
      expect(tasks.map(({ id }) => id)).toEqual([task]);
      expect(away).toMatchObject([{ node: 'pve2' }]);
      await expect(bench.run('task.list', { node: 'pve2' })).rejects.toMatchObject({ code: 'unavailable' });
    });

    it('are shown with a part of their log', async () => {
      const id = await begin(101, 'pve2', 1);
      await bench.server.settleTasks();
      const { task, log } = await bench.run('task.get', { task: id });
      expect(task).toMatchObject({ id, state: 'succeeded', result: 'OK', kind: 'vzdump' });
      expect(log.at(-1)).toBe('TASK OK');
      const part = await bench.run('task.get', { task: id, offset: 1, limit: 2 });
      expect(part.log).toEqual(log.slice(1, 3));
      const none = id.replace(/:[0-9A-F]{8}:/, ':00000001:');
      await expect(bench.run('task.get', { task: none })).rejects.toMatchObject({ code: 'not_found' });
    });

    it('are stopped, once', async () => {
      const id = await begin(100, 'pve1', 5000);
      const { task } = await expectPlanned(bench, 'task.stop', { task: id });
      expect(task).toMatchObject({ state: 'failed', result: expect.stringMatching(/interrupt/) });
      expect(bench.server.guest(100).lock).toBeUndefined();
      expect(await expectPlanned(bench, 'task.stop', { task: id })).toMatchObject({ task: { state: 'failed' } });
      expect(bench.sent()).toEqual([]);
    });
  },
);

describe('a task', () => {
  const upid = 'UPID:pve1:0000A1B2:0012D687:69A42C40:vzdump:100:root@pam:';

  it('is told from its id where a list says no more', () => {
    expect(presentTask('lab', { upid } as never)).toMatchObject({
      ...{ id: upid, host: 'lab', node: 'pve1', kind: 'vzdump', target: '100', user: 'root@pam', state: 'running' },
      startedAt: new Date(0x69a42c40 * 1000).toISOString(),
    });
  });

  it('has ended as its list or its state says', () => {
    const state = (row: object) => presentTask('lab', { upid, ...row } as never).state;
    expect(state({ status: 'OK', endtime: 1 })).toBe('succeeded');
    expect(state({ status: 'stopped', exitstatus: 'OK' })).toBe('succeeded');
    expect(state({ status: 'stopped', exitstatus: 'WARNINGS: 2' })).toBe('warnings');
    expect(state({ status: 'unexpected status', endtime: 1 })).toBe('failed');
    expect(state({ status: 'stopped' })).toBe('failed');
    expect(state({ status: 'running' })).toBe('running');
  });
});
