import { z } from 'zod';
import { backupCompression, backupJob, backupMode, keepRules } from '../model/backup.ts';
import { defineTool } from './define-tool.ts';
import { hostErrors as errors } from './fields/host-errors.ts';
import { someMachines } from './fields/machine-selection.ts';
import { place } from './fields/place.ts';
import { nodeName, storageName } from './fields/placement.ts';

const jobId = z
  .string()
  .max(50)
  .regex(/^[A-Za-z][\w-]*(:\d+(:\d+)?)?$/, 'must be letters, digits, "-" and "_", at most 50');
const settings = {
  ...someMachines,
  node: nodeName.optional().describe('Only what is on this node.'),
  mode: backupMode.optional(),
  compress: backupCompression.optional(),
  comment: z.string().max(512).optional(),
  notes: z.string().max(1024).optional().describe('For each backup; {{guestname}} and {{vmid}} are filled in.'),
  keep: keepRules.optional().describe('Delete older backups but these. Default: as the storage says.'),
};
const schedule = z.string().min(1).max(128).describe('e.g. "daily", "sat 02:00", "mon..fri 21:00".');
const example = {
  id: 'backup-nightly',
  host: 'lab',
  enabled: true,
  schedule: '02:00',
  storage: 'local',
  all: true,
  vms: [],
  exclude: [],
  mode: 'snapshot',
  compress: 'zstd',
  nextRun: '2026-03-02T02:00:00.000Z',
};

export const backupJobList = defineTool({
  id: 'backup.job.list',
  cmdlet: 'Get-VmbBackupJob',
  group: 'backup',
  summary: 'List the scheduled backup jobs of a host.',
  effect: 'read',
  input: z.strictObject(place),
  output: z.strictObject({ jobs: z.array(backupJob) }),
  main: 'jobs',
  errors: ['not_found', 'ambiguous', 'unavailable', 'unsupported', 'denied', 'cancelled'],
  examples: [{ title: 'All', input: { host: 'lab' }, output: { jobs: [example] } }],
});

export const backupJobCreate = defineTool({
  id: 'backup.job.create',
  cmdlet: 'New-VmbBackupJob',
  group: 'backup',
  summary: 'Schedule backups of machines: those listed, of a pool, or all.',
  // What it will do later on includes deleting older backups.
  effect: 'change',
  undo: { tool: 'backup.job.delete', input: { host: '$output.job.host', job: '$output.job.id' } },
  input: z.strictObject({
    ...place,
    id: jobId.optional().describe('Default: a new one.'),
    schedule,
    storage: storageName,
    ...settings,
    disabled: z.boolean().default(false),
  }),
  output: z.strictObject({ job: backupJob }),
  main: 'job',
  errors,
  examples: [
    {
      title: 'All, each night',
      input: { host: 'lab', id: 'backup-nightly', schedule: '02:00', storage: 'local', all: true },
      output: { job: example },
    },
  ],
});

export const backupJobSet = defineTool({
  id: 'backup.job.set',
  cmdlet: 'Set-VmbBackupJob',
  group: 'backup',
  summary: 'Change a backup job. What is left out stays.',
  effect: 'change',
  idempotent: true,
  undo: { irreversible: 'Set it again to what it was.' },
  input: z.strictObject({
    ...place,
    job: jobId,
    schedule: schedule.optional(),
    storage: storageName.optional(),
    ...settings,
    state: z.enum(['enabled', 'disabled']).optional(),
  }),
  output: z.strictObject({ job: backupJob }),
  main: 'job',
  errors,
  examples: [
    {
      title: 'For a while',
      input: { host: 'lab', job: 'backup-nightly', state: 'disabled' },
      output: { job: { ...example, enabled: false } },
    },
  ],
});

export const backupJobDelete = defineTool({
  id: 'backup.job.delete',
  cmdlet: 'Remove-VmbBackupJob',
  group: 'backup',
  summary: 'Delete a backup job; the backups that it made stay.',
  effect: 'destroy',
  undo: { irreversible: 'Make it anew with backup.job.create.' },
  input: z.strictObject({ ...place, job: jobId }),
  output: z.strictObject({ deleted: z.string().describe('Id of the job.') }),
  errors: [...errors, 'approval_required'],
  examples: [{ title: 'Delete', input: { host: 'lab', job: 'backup-nightly' }, output: { deleted: 'backup-nightly' } }],
});
