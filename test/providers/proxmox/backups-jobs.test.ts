import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { missingContracts } from '../../support/proxmox/contract-server.ts';
import { expectPlanned, type MachineBench, openMachineBench } from './support/machine-bench.ts';

const missing = missingContracts();

describe.skipIf(missing !== undefined).each(['8.4', '9.2'] as const)(
  `backup jobs at Proxmox VE %s ${missing ?? ''}`,
  version => {
    let bench: MachineBench;

    beforeEach(async () => {
      bench = await openMachineBench({ version });
    });
    afterEach(() => bench[Symbol.asyncDispose]());

    it('are made, changed and deleted as planned', async () => {
      const made = await expectPlanned(bench, 'backup.job.create', {
        id: 'nightly',
        schedule: 'mon..fri 21:00',
        storage: 'shared',
        vms: ['web', '101'],
        mode: 'snapshot',
        compress: 'zstd',
        comment: 'each night',
        keep: { last: 3, daily: 7 },
      });
      expect(made.job).toMatchObject({
        ...{ id: 'nightly', host: 'lab', enabled: true, schedule: 'mon..fri 21:00', storage: 'shared', all: false },
        ...{ vms: ['proxmox:lab/100', 'proxmox:lab/101'], compress: 'zstd', comment: 'each night' },
        keep: 'keep-last=3,keep-daily=7',
      });
      const changed = await expectPlanned(bench, 'backup.job.set', {
        job: 'nightly',
        state: 'disabled',
        schedule: 'daily',
      });
      expect(changed.job).toMatchObject({ enabled: false, schedule: 'daily', vms: made.job.vms });
      expect(bench.sent()[0]?.params).toEqual({ id: 'nightly', schedule: 'daily', enabled: '0' });
      expect(await expectPlanned(bench, 'backup.job.delete', { job: 'nightly' })).toEqual({ deleted: 'nightly' });
      expect((await bench.run('backup.job.list', {})).jobs).toEqual([]);
    });

    it('get an id from the host where none is given', async () => {
      const first = await bench.run('backup.job.create', {
        schedule: 'daily',
        storage: 'shared',
        all: true,
        exclude: ['db'],
      });
      const second = await bench.run('backup.job.create', {
        schedule: 'daily',
        storage: 'shared',
        pool: 'shop',
        disabled: true,
      });
      expect(first.job).toMatchObject({ all: true, exclude: ['proxmox:lab/101'] });
      expect(second.job).toMatchObject({ pool: 'shop', enabled: false });
      expect(first.job.id).not.toBe(second.job.id);
    });

    it('are refused when they say nothing or too much, and when they are not there', async () => {
      const create = (input: object) =>
        bench.run('backup.job.create', { schedule: 'daily', storage: 'shared', ...input });
      await expect(create({})).rejects.toMatchObject({ code: 'invalid' });
      await expect(create({ all: true, pool: 'shop' })).rejects.toMatchObject({ code: 'invalid' });
      await create({ id: 'nightly', all: true });
      bench.forget();
      await expect(create({ id: 'nightly', all: true })).rejects.toMatchObject({ code: 'conflict' });
      await expect(bench.run('backup.job.set', { job: 'nightl', comment: 'x' })).rejects.toMatchObject({
        code: 'not_found',
        remedy: expect.stringContaining('nightly'),
      });
      await expect(bench.run('backup.job.delete', { job: 'weekly' })).rejects.toMatchObject({ code: 'not_found' });
      expect(bench.sent()).toEqual([]);
    });

    it('cover machines; those that none covers are told', async () => {
      const before = await bench.run('backup.missing', {});
      expect(before.machines).toContainEqual({ vm: 'proxmox:lab/200', name: 'proxy', kind: 'container' });
      await bench.run('backup.job.create', { schedule: 'daily', storage: 'shared', all: true, exclude: ['web'] });
      const { machines } = await bench.run('backup.missing', {});
      expect(machines).toEqual([{ vm: 'proxmox:lab/100', name: 'web', kind: 'vm' }]);
    });
  },
);
