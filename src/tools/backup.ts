import { z } from 'zod';
import { backup, backupCompression, backupMode, keepRules, unprotectedMachine } from '../model/backup.ts';
import { machineReference } from '../model/machine.ts';
import { missingStorage, volumeReference } from '../model/storage.ts';
import { defineTool } from './define-tool.ts';
import { backupExample as example } from './examples/backup.ts';
import { hostErrors as errors } from './fields/host-errors.ts';
import { someMachines } from './fields/machine-selection.ts';
import { place } from './fields/place.ts';
import { nodeName, storageName, vmid } from './fields/placement.ts';

const node = nodeName.optional().describe('Default: one that has the storage.');
const protection = z.enum(['on', 'off']).optional().describe('While on, the backup cannot be deleted.');
const notes = z.string().max(1024);

export const backupRun = defineTool({
  id: 'backup.run',
  cmdlet: 'Backup-VmbVM',
  group: 'backup',
  summary: 'Back up machines into a storage.',
  effect: 'create',
  effectBy: { field: 'prune', values: { true: 'destroy' } },
  mayDestroy: true,
  long: true,
  undo: { irreversible: 'Backups are deleted with backup.delete.' },
  input: z.strictObject({
    ...place,
    vm: machineReference.optional(),
    ...someMachines,
    storage: storageName.optional().describe('Default: the only one that takes backups.'),
    mode: backupMode.default('snapshot'),
    compress: backupCompression.default('zstd'),
    notes: notes.optional().describe('{{guestname}}, {{node}} and {{vmid}} are filled in.'),
    protected: z.boolean().default(false),
    prune: z.boolean().default(false).describe('Delete older backups afterwards.'),
    keep: keepRules.optional().describe('With prune: but these. Default: as the storage says.'),
  }),
  output: z.strictObject({
    backups: z.array(backup),
    tasks: z.array(z.string()).describe('Ids of the tasks.'),
    warnings: z.array(z.string()).optional(),
  }),
  main: 'backups',
  errors: [...errors, 'busy', 'timeout'],
  examples: [
    {
      title: 'Before an update',
      input: { vm: 'web', storage: 'local', notes: 'before update' },
      output: { backups: [example], tasks: ['UPID:pve1:0000A1B2:0012D687:69A42C40:vzdump:100:root@pam:'] },
    },
  ],
});

export const backupList = defineTool({
  id: 'backup.list',
  cmdlet: 'Get-VmbBackup',
  group: 'backup',
  summary: 'List the backups of machines, newest first.',
  effect: 'read',
  input: z.strictObject({
    ...place,
    vm: machineReference.optional(),
    vmid: vmid.optional().describe('Of a machine that is no more.'),
    storage: storageName.optional(),
    node: nodeName.optional(),
    limit: z.int().min(1).max(1000).default(100),
    offset: z.int().min(0).default(0),
  }),
  output: z.strictObject({ backups: z.array(backup), total: z.int(), missing: z.array(missingStorage) }),
  main: 'backups',
  errors: ['not_found', 'ambiguous', 'unavailable', 'unsupported', 'denied', 'cancelled'],
  examples: [{ title: 'Of one machine', input: { vm: 'web' }, output: { backups: [example], total: 1, missing: [] } }],
});

export const backupSet = defineTool({
  id: 'backup.set',
  cmdlet: 'Set-VmbBackup',
  group: 'backup',
  summary: 'Change the notes of a backup, or whether it can be deleted.',
  effect: 'change',
  idempotent: true,
  undo: { irreversible: 'Set it again to what it was.' },
  input: z.strictObject({ ...place, backup: volumeReference, node, notes: notes.optional(), protection }),
  output: z.strictObject({ backup }),
  main: 'backup',
  errors,
  examples: [
    {
      title: 'To stay',
      input: { host: 'lab', backup: example.id, protection: 'on' },
      output: { backup: { ...example, protected: true } },
    },
  ],
});

export const backupRestore = defineTool({
  id: 'backup.restore',
  cmdlet: 'Restore-VmbBackup',
  group: 'backup',
  summary: 'Make a machine from a backup, or overwrite a stopped one with it.',
  description: 'Without "vm" nothing is overwritten: a machine is made under "vmid", or under the next free number.',
  effect: 'destroy',
  long: true,
  undo: { irreversible: 'What was overwritten is gone; a new machine can be deleted.' },
  input: z.strictObject({
    ...place,
    backup: volumeReference,
    vm: machineReference.optional().describe('To be overwritten with all its disks.'),
    vmid: vmid.optional(),
    node,
    storage: storageName.optional().describe('For the disks. Default: as they were.'),
    pool: z.string().min(1).max(200).optional(),
    unique: z.boolean().default(false).describe('Give it new network addresses, to live beside the original.'),
    start: z.boolean().default(false),
    live: z.boolean().default(false).describe('Start it at once, while its disks are still being read.'),
  }),
  output: z
    .strictObject({
      vm: z.string(),
      backup: z.string(),
      node: z.string(),
      task: z.string(),
      warnings: z.array(z.string()).optional(),
    })
    .meta({ title: 'Restored', columns: ['vm', 'node', 'backup'] }),
  errors: [...errors, 'busy', 'approval_required'],
  examples: [
    {
      title: 'Beside the original',
      input: { host: 'lab', backup: example.id, unique: true },
      output: {
        vm: 'proxmox:lab/101',
        backup: example.id,
        node: 'pve1',
        task: 'UPID:pve1:0000A1B2:0012D687:69A42C40:qmrestore:101:root@pam:',
      },
    },
  ],
});

export const backupDelete = defineTool({
  id: 'backup.delete',
  cmdlet: 'Remove-VmbBackup',
  group: 'backup',
  summary: 'Delete a backup that is not protected. Cannot be undone.',
  effect: 'destroy',
  long: true,
  undo: { irreversible: 'Deleted backups can not be brought back.' },
  input: z.strictObject({ ...place, backup: volumeReference, node }),
  output: z.strictObject({ deleted: z.string().describe('Id of the backup.') }),
  errors: [...errors, 'approval_required'],
  examples: [{ title: 'Delete', input: { host: 'lab', backup: example.id }, output: { deleted: example.id } }],
});

export const backupPrune = defineTool({
  id: 'backup.prune',
  cmdlet: 'Limit-VmbBackup',
  group: 'backup',
  summary: 'Delete the older backups in a storage; its plan lists them. Protected ones stay.',
  effect: 'destroy',
  long: true,
  undo: { irreversible: 'Deleted backups can not be brought back.' },
  input: z.strictObject({
    ...place,
    storage: storageName,
    node,
    keep: keepRules.describe('Of each machine.'),
    vm: machineReference.optional().describe('Only those of this machine.'),
    kind: z.enum(['vm', 'container']).optional(),
  }),
  output: z.strictObject({ deleted: z.array(z.string()), kept: z.int(), task: z.string().optional() }),
  errors: [...errors, 'approval_required'],
  examples: [
    {
      title: 'A week',
      input: { host: 'lab', storage: 'local', keep: { daily: 7 } },
      output: { deleted: [example.id], kept: 7, task: 'UPID:pve1:0000A1B2:0012D687:69A42C40:prunebackups::root@pam:' },
    },
  ],
});

export const backupMissing = defineTool({
  id: 'backup.missing',
  cmdlet: 'Find-VmbMissingBackup',
  group: 'backup',
  summary: 'List the machines that no backup job of the host covers.',
  effect: 'read',
  input: z.strictObject(place),
  output: z.strictObject({ machines: z.array(unprotectedMachine) }),
  main: 'machines',
  errors: ['not_found', 'ambiguous', 'unavailable', 'unsupported', 'denied', 'cancelled'],
  examples: [
    {
      title: 'Of a host',
      input: { host: 'lab' },
      output: { machines: [{ vm: 'proxmox:lab/104', name: 'forgotten', kind: 'vm' }] },
    },
  ],
});
