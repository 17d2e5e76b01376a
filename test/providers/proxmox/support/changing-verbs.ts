import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ToolId } from '../../../../src/catalog/types.ts';
import { volumesOf } from '../../../support/proxmox/state/storages.ts';
import type { MachineBench } from './machine-bench.ts';

/** A tool that changes something, and the one request with which it does. */
export interface ChangingVerb {
  readonly id: ToolId;
  readonly input: object;
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly template: string;
  /** Whether a task does the work. */
  readonly task?: string;
}

const volume = '/nodes/{node}/storage/{storage}/content/{volume}';
const backupOf = (vmid: number, day: number) => `shared:backup/vzdump-qemu-${vmid}-2026_03_0${day}-12_00_00.vma.zst`;

/** Lays out what the verbs work on, and tells them in an order in which each finds it, even when all are carried out. */
export async function prepareVerbs(bench: MachineBench, folder: string): Promise<ChangingVerb[]> {
  const shared = bench.server.cluster.requireStorage('shared');
  for (const [vmid, day] of [
    [101, 1],
    [101, 2],
    [100, 1],
    [100, 2],
  ] as const) {
    const volid = backupOf(vmid, day);
    const config = { ...bench.server.guest(vmid).config };
    const ctime = Date.parse(`2026-03-0${day}T12:00:00Z`) / 1000;
    const backup = { type: 'qemu', config } as const;
    volumesOf(shared, 'pve1').set(volid, { volid, content: 'backup', format: 'vma.zst', size: 9, ctime, vmid, backup });
  }
  bench.server.cluster.web.set('https://example.org/web.iso', Buffer.from('disc'));
  const file = path.join(folder, 'sent.iso');
  writeFileSync(file, 'disc');
  await bench.run('backup.job.create', { id: 'job', schedule: 'daily', storage: 'shared', all: true });
  await bench.run('ha.set', { vm: 'proxmox:lab/100' });
  await bench.run('replication.set', { vm: 'proxmox:lab/100', target: 'pve2' });
  bench.forget();
  return [...backupVerbs(), ...storageVerbs(file), ...clusterVerbs(bench.server.version === '8.4')];
}

function backupVerbs(): ChangingVerb[] {
  const run = { vm: 'proxmox:lab/101', storage: 'shared' };
  const job = { id: 'new', schedule: 'daily', storage: 'shared', all: true };
  const prune = { vm: 'proxmox:lab/100', storage: 'shared', keep: { last: 1 } };
  const pruned = '/nodes/{node}/storage/{storage}/prunebackups';
  return [
    { id: 'backup.run', input: run, method: 'POST', template: '/nodes/{node}/vzdump', task: 'vzdump' },
    { id: 'backup.set', input: { backup: backupOf(101, 1), notes: 'x' }, method: 'PUT', template: volume },
    {
      ...{ id: 'backup.restore', input: { backup: backupOf(101, 1), vmid: 300 } },
      ...{ method: 'POST', template: '/nodes/{node}/qemu', task: 'qmrestore' },
    },
    { id: 'backup.delete', input: { backup: backupOf(101, 2) }, method: 'DELETE', template: volume, task: 'imgdel' },
    { id: 'backup.prune', input: prune, method: 'DELETE', template: pruned, task: 'prunebackups' },
    { id: 'backup.job.create', input: job, method: 'POST', template: '/cluster/backup' },
    { id: 'backup.job.set', input: { job: 'job', comment: 'x' }, method: 'PUT', template: '/cluster/backup/{id}' },
    { id: 'backup.job.delete', input: { job: 'job' }, method: 'DELETE', template: '/cluster/backup/{id}' },
  ];
}

function storageVerbs(file: string): ChangingVerb[] {
  const at = '/nodes/{node}/storage/{storage}';
  const download = { url: 'https://example.org/web.iso', storage: 'local' };
  const iso = { volume: 'local:iso/debian-13.iso' };
  return [
    {
      id: 'storage.upload',
      input: { file, storage: 'local' },
      method: 'POST',
      template: `${at}/upload`,
      task: 'imgcopy',
    },
    { id: 'storage.download', input: download, method: 'POST', template: `${at}/download-url`, task: 'download' },
    { id: 'storage.delete', input: iso, method: 'DELETE', template: volume, task: 'imgdel' },
  ];
}

function clusterVerbs(isOld: boolean): ChangingVerb[] {
  const rule = isOld ? { rule: 'near', nodes: ['pve1'] } : { rule: 'near', nodes: ['pve1'], vms: ['100'] };
  const rules = isOld ? '/cluster/ha/groups' : '/cluster/ha/rules';
  const api = { method: 'PUT', path: '/nodes/pve2/qemu/101/config', params: { memory: '1024' } };
  const scheduled = '/nodes/{node}/replication/{id}/schedule_now';
  const replicated = '/cluster/replication/{id}';
  return [
    { id: 'ha.set', input: { vm: 'proxmox:lab/200' }, method: 'POST', template: '/cluster/ha/resources' },
    { id: 'ha.rule.set', input: rule, method: 'POST', template: rules },
    { id: 'ha.remove', input: { vm: 'proxmox:lab/100' }, method: 'DELETE', template: '/cluster/ha/resources/{sid}' },
    {
      ...{ id: 'replication.set', input: { vm: 'proxmox:lab/100', target: 'pve2', comment: 'x' } },
      ...{ method: 'PUT', template: replicated },
    },
    { id: 'replication.run', input: { job: '100-0' }, method: 'POST', template: scheduled },
    { id: 'replication.remove', input: { job: '100-0' }, method: 'DELETE', template: replicated },
    { id: 'proxmox.api', input: api, method: 'PUT', template: '/nodes/{node}/qemu/{vmid}/config' },
  ];
}
