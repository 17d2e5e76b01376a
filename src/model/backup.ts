import { z } from 'zod';
import { timestamp } from './primitives.ts';
import { volume } from './storage.ts';

/** What is done with a running machine: `stop` is the most consistent, `snapshot` the least in the way. */
export const backupMode = z.enum(['snapshot', 'suspend', 'stop']);
export const backupCompression = z.enum(['none', 'gzip', 'lzo', 'zstd']);

/** How many backups of each period stay. */
export const keepRules = z.strictObject({
  last: z.int().min(1).optional(),
  hourly: z.int().min(1).optional(),
  daily: z.int().min(1).optional(),
  weekly: z.int().min(1).optional(),
  monthly: z.int().min(1).optional(),
  yearly: z.int().min(1).optional(),
});
export type KeepRules = z.infer<typeof keepRules>;

export const backup = volume
  .extend({
    kind: z.enum(['vm', 'container']).optional(),
    vmid: z.int().optional(),
    encrypted: z.boolean().optional(),
    verified: z.string().optional().describe('How its last verification ended.'),
  })
  .meta({ title: 'Backup', columns: ['vm', 'createdAt', 'sizeBytes', 'protected', 'id'] });
export type Backup = z.infer<typeof backup>;

export const backupJob = z
  .strictObject({
    id: z.string(),
    host: z.string(),
    enabled: z.boolean(),
    schedule: z.string().optional(),
    storage: z.string().optional(),
    all: z.boolean(),
    vms: z.array(z.string()).describe('Ids of the machines, where they are listed.'),
    exclude: z.array(z.string()),
    pool: z.string().optional(),
    node: z.string().optional(),
    mode: z.string().optional(),
    compress: z.string().optional(),
    comment: z.string().optional(),
    notes: z.string().optional(),
    keep: z.string().optional().describe('e.g. "keep-daily=7,keep-last=3".'),
    nextRun: timestamp.optional(),
  })
  .meta({ title: 'BackupJob', columns: ['id', 'enabled', 'schedule', 'storage', 'all', 'vms', 'nextRun'] });
export type BackupJob = z.infer<typeof backupJob>;

/** A machine that no job backs up. */
export const unprotectedMachine = z
  .strictObject({ vm: z.string(), name: z.string().optional(), kind: z.enum(['vm', 'container']) })
  .meta({ title: 'UnprotectedMachine', columns: ['name', 'kind', 'vm'] });
