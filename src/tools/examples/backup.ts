import type { Backup } from '../../model/backup.ts';

export const backupExample: Backup = {
  id: 'local:backup/vzdump-qemu-100-2026_03_01-12_00_00.vma.zst',
  host: 'lab',
  node: 'pve1',
  storage: 'local',
  content: 'backup',
  format: 'vma.zst',
  sizeBytes: 1_887_436_800,
  createdAt: '2026-03-01T12:00:00.000Z',
  vm: 'proxmox:lab/100',
  vmid: 100,
  kind: 'vm',
  protected: false,
};
