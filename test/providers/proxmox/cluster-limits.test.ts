import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ToolId } from '../../../src/catalog/types.ts';
import { missingContracts } from '../../support/proxmox/contract-server.ts';
import { type MachineBench, openMachineBench } from './support/machine-bench.ts';

const missing = missingContracts();

describe.skipIf(missing !== undefined)(`where only some machines may be touched ${missing ?? ''}`, () => {
  let bench: MachineBench;
  const limit = () => Object.assign(bench.session, { allowsMachine: ({ name }: { name: string }) => name === 'web' });

  beforeEach(async () => {
    bench = await openMachineBench();
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  async function expectDenied(calls: readonly (readonly [ToolId, object])[]): Promise<void> {
    bench.forget();
    for (const [id, input] of calls) {
      await expect(bench.run(id, input), id).rejects.toMatchObject({ code: 'denied' });
    }
    expect(bench.sent()).toEqual([]);
  }

  it('what belongs to others is not told', async () => {
    await bench.run('backup.run', { all: true, storage: 'shared' });
    await bench.run('replication.set', { vm: 'proxmox:lab/103', target: 'pve2' });
    await bench.run('ha.set', { vm: 'proxmox:lab/103' });
    limit();
    expect((await bench.run('backup.list', {})).backups.map(({ vmid }) => vmid)).toEqual([100]);
    const { volumes } = await bench.run('storage.contents', {});
    const owners = new Set(volumes.map(({ vm }) => vm));
    expect(owners).toEqual(new Set([undefined, 'proxmox:lab/100']));
    expect((await bench.run('backup.missing', {})).machines.map(({ vm }) => vm)).toEqual(['proxmox:lab/100']);
    expect((await bench.run('replication.list', {})).jobs).toEqual([]);
    expect((await bench.run('ha.list', {})).resources).toEqual([]);
    expect((await bench.run('task.list', {})).tasks.map(({ target }) => target)).not.toContain('201');
  });

  it('all machines are those that may be seen', async () => {
    limit();
    const steps = await bench.plan('backup.run', { all: true, storage: 'shared' });
    expect(steps.map(({ summary }) => summary)).toEqual(['Back up 100 from pve1 into shared.']);
    await expect(bench.run('backup.run', { vms: ['db'], storage: 'shared' })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('nothing is done that reaches others', async () => {
    const { backups, tasks } = await bench.run('backup.run', { vms: ['db'], storage: 'shared' });
    await bench.run('backup.job.create', { id: 'job', schedule: 'daily', storage: 'shared', all: true });
    await bench.run('replication.set', { vm: 'proxmox:lab/103', target: 'pve2' });
    limit();
    const backup = backups[0]?.id ?? '';
    const job = { schedule: 'daily', storage: 'shared' };
    await expectDenied([
      ['proxmox.api', { path: '/nodes/pve2/qemu/101/config' }],
      ['backup.delete', { backup }],
      ['backup.set', { backup, notes: 'x' }],
      ['backup.restore', { backup }],
      ['backup.prune', { storage: 'shared', keep: { last: 1 } }],
      ['backup.job.create', { ...job, all: true }],
      ['backup.job.create', { ...job, pool: 'shop' }],
      ['backup.job.set', { job: 'job', comment: 'x' }],
      ['backup.job.delete', { job: 'job' }],
      ['storage.delete', { volume: 'shared:101/vm-101-disk-0.qcow2' }],
      ['ha.rule.set', { rule: 'near', nodes: ['pve1'], vms: ['web'] }],
      ['ha.rule.remove', { rule: 'near' }],
      ['replication.run', { job: '103-0' }],
      ['replication.remove', { job: '103-0' }],
      ['task.get', { task: tasks[0] }],
      ['task.stop', { task: tasks[0] }],
    ]);
  });
});
