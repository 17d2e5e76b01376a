import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ContractServer } from '../../support/proxmox/contract-server.ts';
import { missingContracts } from '../../support/proxmox/contract-server.ts';
import { volumesOf } from '../../support/proxmox/state/storages.ts';
import { expectPlanned, type MachineBench, openMachineBench } from './support/machine-bench.ts';

const missing = missingContracts();

/** Puts backups of a machine there, one a day, the newest last. */
function addBackups(server: ContractServer, vmid: number, count: number, type = 'qemu'): string[] {
  const storage = server.cluster.requireStorage('shared');
  const end = type === 'qemu' ? 'vma.zst' : 'tar.zst';
  return Array.from({ length: count }, (_, index) => {
    const day = `2026_03_${String(index + 1).padStart(2, '0')}`;
    const volid = `shared:backup/vzdump-${type}-${vmid}-${day}-12_00_00.${end}`;
    const guest = server.cluster.guests.get(vmid);
    volumesOf(storage, 'pve1').set(volid, {
      ...{ volid, content: 'backup', format: end, size: 1024, vmid },
      ctime: Date.parse(`2026-03-${String(index + 1).padStart(2, '0')}T12:00:00Z`) / 1000,
      backup: { type: type as 'qemu', config: { ...(guest?.config ?? { name: 'old' }) } },
    });
    return volid;
  });
}

describe.skipIf(missing !== undefined).each(['8.4', '9.2'] as const)(
  `backups at Proxmox VE %s ${missing ?? ''}`,
  version => {
    let bench: MachineBench;

    beforeEach(async () => {
      bench = await openMachineBench({ version });
    });
    afterEach(() => bench[Symbol.asyncDispose]());

    it('backs up one machine, tells how far it is, and what came of it', async () => {
      const messages: string[] = [];
      const fractions: number[] = [];
      const { backups, tasks } = await bench.run(
        'backup.run',
        { vm: 'proxmox:lab/100', storage: 'shared', notes: '{{guestname}} of {{node}}', protected: true },
        {
          progress: ({ fraction, message }) => {
            messages.push(message);
            if (fraction !== undefined) fractions.push(fraction);
          },
        },
      );
      expect(backups).toMatchObject([
        {
          vm: 'proxmox:lab/100',
          vmid: 100,
          kind: 'vm',
          protected: true,
          notes: 'web of pve1',
          storage: 'shared',
          node: 'pve1',
        },
      ]);
      expect(tasks).toHaveLength(1);
      expect(bench.sent()[0]?.params).toEqual({
        ...{ node: 'pve1', vmid: '100', storage: 'shared', mode: 'snapshot', compress: 'zstd', protected: '1' },
        // Nothing older is deleted unless that is asked for.
        ...{ remove: '0', 'notes-template': '{{guestname}} of {{node}}' },
      });
      expect(messages.join('\n')).toContain('Finished Backup of VM 100');
      expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    });

    it('sends one request to each node that has some of the machines', async () => {
      const input = {
        vms: ['web', '101', 'proxmox:lab/200'],
        storage: 'shared',
        mode: 'stop' as const,
        compress: 'none' as const,
      };
      const { backups, tasks } = await expectPlanned(bench, 'backup.run', input);
      expect(bench.sent().map(({ params }) => `${params.node} ${params.vmid} ${params.compress}`)).toEqual([
        'pve1 100,200 0',
        'pve2 101 0',
      ]);
      expect(backups.map(({ vmid, kind }) => `${vmid} ${kind}`).sort()).toEqual(['100 vm', '101 vm', '200 container']);
      expect(tasks).toHaveLength(2);
    });

    it('backs up a pool, and all but some', async () => {
      const ofPool = await expectPlanned(bench, 'backup.run', { pool: 'shop', storage: 'shared' });
      expect(ofPool.backups.map(({ vmid }) => vmid)).toEqual([100]);
      const ofAll = await bench.plan('backup.run', { all: true, exclude: ['web', 'db', '103'], storage: 'shared' });
      expect(ofAll.map(({ summary }) => summary)).toEqual([
        'Back up 102, 200 from pve1 into shared.',
        'Back up 201 from pve2 into shared.',
      ]);
    });

    it('deletes older ones only when told what stays', async () => {
      const old = addBackups(bench.server, 100, 3);
      await bench.run('backup.run', { vm: 'proxmox:lab/100', storage: 'shared' });
      expect((await bench.run('backup.list', { vm: 'proxmox:lab/100' })).total).toBe(4);
      await expectPlanned(bench, 'backup.run', {
        vm: 'proxmox:lab/100',
        storage: 'shared',
        prune: true,
        keep: { last: 2 },
      });
      const { backups } = await bench.run('backup.list', { vm: 'proxmox:lab/100' });
      expect(backups).toHaveLength(2);
      expect(backups.map(({ id }) => id)).not.toContain(old[1]);
    });

    it('tells what the host warns of', async () => {
      const { tasks } = bench.server.cluster;
      const start = tasks.start.bind(tasks);
      tasks.start = task => {
        const run: typeof task.run = async work => {
          await task.run(work);
          work.warn('the disk is slow');
        };
        return start({ ...task, run });
      };
      const { backups, warnings } = await bench.run('backup.run', { vm: 'proxmox:lab/101', storage: 'shared' });
      expect(warnings).toEqual(['WARN: the disk is slow']);
      const restored = await bench.run('backup.restore', { backup: backups[0]?.id ?? '' });
      expect(restored.warnings).toEqual(['WARN: the disk is slow']);
    });

    it('refuses what is unclear before anything is sent', async () => {
      const run = (input: object) => bench.run('backup.run', input);
      await expect(run({ vm: 'proxmox:lab/100' })).rejects.toMatchObject({
        code: 'ambiguous',
        data: { field: 'storage' },
      });
      await expect(run({ vm: 'proxmox:lab/100', storage: 'shared', keep: { last: 1 } })).rejects.toMatchObject({
        code: 'invalid',
      });
      await expect(run({ storage: 'shared' })).rejects.toMatchObject({ code: 'invalid' });
      await expect(run({ all: true, pool: 'shop' })).rejects.toMatchObject({ code: 'invalid' });
      await expect(run({ vms: ['wb'], storage: 'shared' })).rejects.toMatchObject({
        code: 'not_found',
        remedy: expect.stringContaining('web'),
      });
      await expect(run({ pool: 'none', storage: 'shared' })).rejects.toMatchObject({ code: 'not_found' });
      await expect(run({ vm: 'proxmox:lab/100', storage: 'local-lvm' })).rejects.toMatchObject({ code: 'not_found' });
      await expect(run({ vm: 'proxmox:lab/100', storage: 'shared', prune: true, keep: {} })).rejects.toMatchObject({
        code: 'invalid',
      });
      expect(bench.sent()).toEqual([]);
    });

    it('fails with the last lines of the task, and stops the task when it is cancelled', async () => {
      bench.server.failTask('vzdump', 'no space left on device');
      const failed = bench.run('backup.run', { vm: 'proxmox:lab/100', storage: 'shared' });
      await expect(failed).rejects.toMatchObject({ code: 'failed' });
      bench.server.taskTimes.byType.vzdump = 5000;
      const controller = new AbortController();
      const cancelled = bench.run(
        'backup.run',
        { vm: 'proxmox:lab/100', storage: 'shared' },
        { signal: controller.signal, progress: () => controller.abort() },
      );
      await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
      expect(bench.server.calledOf('DELETE', '/nodes/{node}/tasks/{upid}')).toHaveLength(1);
      expect(bench.server.guest(100).lock).toBeUndefined();
    });

    it('lists them newest first, also those of machines that are no more', async () => {
      addBackups(bench.server, 100, 3);
      addBackups(bench.server, 999, 1);
      const { backups, total, missing: away } = await bench.run('backup.list', { limit: 2 });
      expect(total).toBe(4);
      expect(backups.map(({ createdAt }) => createdAt)).toEqual([
        '2026-03-03T12:00:00.000Z',
        '2026-03-02T12:00:00.000Z',
      ]);
      expect(away).toEqual([{ storage: 'local', node: 'pve3', reason: 'It is not available now.' }]);
      expect((await bench.run('backup.list', { vmid: 999 })).backups).toMatchObject([{ vmid: 999, kind: 'vm' }]);
    });

    it('keeps one from being deleted, and deletes it when it may', async () => {
      const [backup = ''] = addBackups(bench.server, 100, 1);
      const kept = await expectPlanned(bench, 'backup.set', { backup, notes: 'before the move', protection: 'on' });
      expect(kept.backup).toMatchObject({ protected: true, notes: 'before the move' });
      const refused = bench.run('backup.delete', { backup });
      await expect(refused).rejects.toMatchObject({ code: 'conflict', remedy: expect.stringContaining('backup.set') });
      await expect(bench.plan('backup.delete', { backup })).rejects.toMatchObject({ code: 'conflict' });
      await bench.run('backup.set', { backup, protection: 'off' });
      expect(await expectPlanned(bench, 'backup.delete', { backup })).toEqual({ deleted: backup });
      await expect(bench.run('backup.delete', { backup })).rejects.toMatchObject({ code: 'not_found' });
      await expect(bench.run('backup.set', { backup })).rejects.toMatchObject({ code: 'not_found' });
    });

    it('prunes exactly what the host would, which the plan lists', async () => {
      const [first, second, ...others] = addBackups(bench.server, 100, 5);
      const input = { storage: 'shared', keep: { last: 3 }, vm: 'proxmox:lab/100' };
      const steps = await bench.plan('backup.prune', input);
      expect(steps.slice(1).map(({ summary }) => summary)).toEqual([
        `This deletes ${first}.`,
        `This deletes ${second}.`,
      ]);
      const { deleted, kept } = await expectPlanned(bench, 'backup.prune', input);
      expect([...deleted].sort()).toEqual([first, second]);
      expect(kept).toBe(3);
      const { backups } = await bench.run('backup.list', { vm: 'proxmox:lab/100' });
      expect(backups.map(({ id }) => id).sort()).toEqual(others);
      // Nothing is left to be done, so nothing is asked for.
      expect(await expectPlanned(bench, 'backup.prune', input)).toEqual({ deleted: [], kept: 3 });
      expect(bench.sent()).toEqual([]);
      await expect(bench.run('backup.prune', { storage: 'shared', keep: {} })).rejects.toMatchObject({
        code: 'invalid',
      });
    });
  },
);
