import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { missingContracts } from '../../support/proxmox/contract-server.ts';
import { expectPlanned, type MachineBench, openMachineBench } from './support/machine-bench.ts';

const missing = missingContracts();

describe.skipIf(missing !== undefined).each(['8.4', '9.2'] as const)(
  `restoring at Proxmox VE %s ${missing ?? ''}`,
  version => {
    let bench: MachineBench;

    beforeEach(async () => {
      bench = await openMachineBench({ version });
    });
    afterEach(() => bench[Symbol.asyncDispose]());

    async function backUp(vm: string): Promise<string> {
      const { backups } = await bench.run('backup.run', { vm, storage: 'shared' });
      return backups[0]?.id ?? '';
    }

    it('makes a machine under the next free number', async () => {
      const backup = await backUp('proxmox:lab/100');
      const input = { backup, unique: true, start: true, storage: 'local-lvm', pool: 'shop' };
      const { vm, node, task } = await expectPlanned(bench, 'backup.restore', input);
      expect(vm).toBe('proxmox:lab/104');
      expect(task).toContain(`UPID:${node}:`);
      expect(bench.server.guest(104)).toMatchObject({ type: 'qemu', node, running: true });
      expect(bench.server.guest(104).config.net0).not.toContain('BC:24:11:00:01:00');
      expect(bench.server.guest(100).running).toBe(true);
    });

    it('overwrites a stopped machine, and no other', async () => {
      const backup = await backUp('proxmox:lab/101');
      bench.server.guest(101).config.memory = '1';
      const { vm } = await expectPlanned(bench, 'backup.restore', { backup, vm: 'proxmox:lab/101' });
      expect(vm).toBe('proxmox:lab/101');
      expect(bench.sent()[0]).toMatchObject({
        path: '/nodes/{node}/qemu',
        params: { vmid: '101', force: '1', node: 'pve2' },
      });
      expect(bench.server.guest(101).config.memory).toBe('4096');
      bench.forget();
      const running = bench.run('backup.restore', { backup, vm: 'proxmox:lab/100' });
      await expect(running).rejects.toMatchObject({ code: 'conflict', remedy: 'vmbridge vm stop proxmox:lab/100' });
      const container = bench.run('backup.restore', { backup, vm: 'proxmox:lab/201' });
      await expect(container).rejects.toMatchObject({ code: 'conflict', data: { field: 'vm' } });
      const taken = bench.run('backup.restore', { backup, vmid: 102 });
      await expect(taken).rejects.toMatchObject({ code: 'conflict', data: { existing: 'proxmox:lab/102' } });
      const both = bench.run('backup.restore', { backup, vmid: 300, vm: 'proxmox:lab/101' });
      await expect(both).rejects.toMatchObject({ code: 'invalid' });
      expect(bench.sent()).toEqual([]);
    });

    it('tells in the plan what is overwritten', async () => {
      const backup = await backUp('proxmox:lab/101');
      const [step] = await bench.plan('backup.restore', { backup, vm: 'proxmox:lab/101' });
      expect(step?.summary).toBe(`Overwrite the machine "db" (101) and all its disks with ${backup}.`);
    });

    it('restores a container, which cannot be started meanwhile', async () => {
      const backup = await backUp('proxmox:lab/201');
      await expectPlanned(bench, 'backup.restore', { backup, vmid: 300, storage: 'local-lvm' });
      expect(bench.sent()[0]).toMatchObject({
        path: '/nodes/{node}/lxc',
        params: { vmid: '300', ostemplate: backup, restore: '1', storage: 'local-lvm' },
      });
      expect(bench.server.guest(300)).toMatchObject({ type: 'lxc' });
      const live = bench.run('backup.restore', { backup, live: true });
      await expect(live).rejects.toMatchObject({ code: 'unsupported', data: { field: 'live' } });
    });

    it('starts a machine while its disks are still being read', async () => {
      const backup = await backUp('proxmox:lab/101');
      const { vm } = await expectPlanned(bench, 'backup.restore', { backup, live: true, vmid: 310 });
      expect(vm).toBe('proxmox:lab/310');
      expect(bench.sent()[0]?.params).toMatchObject({ 'live-restore': '1' });
    });

    it('knows no backup that is not there, and no volume that is none', async () => {
      const none = bench.run('backup.restore', { backup: 'shared:backup/vzdump-qemu-100-2020_01_01-00_00_00.vma' });
      await expect(none).rejects.toMatchObject({ code: 'not_found', data: { field: 'backup' } });
      const disc = bench.run('backup.restore', { backup: 'local:iso/debian-13.iso' });
      await expect(disc).rejects.toMatchObject({ code: 'not_found' });
    });
  },
);
