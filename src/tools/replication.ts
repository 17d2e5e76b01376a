import { z } from 'zod';
import { replicationJob } from '../model/cluster.ts';
import { hostReference } from '../model/host.ts';
import { machineReference } from '../model/machine.ts';
import { defineTool } from './define-tool.ts';
import { hostErrors as errors } from './fields/host-errors.ts';
import { place } from './fields/place.ts';
import { nodeName } from './fields/placement.ts';

const jobId = z.string().regex(/^[1-9]\d{2,8}-\d{1,9}$/, 'must look like "100-0"');
const host = hostReference.optional();
const example = {
  id: '100-0',
  vm: 'proxmox:lab/100',
  source: 'pve1',
  target: 'pve2',
  schedule: '*/15',
  enabled: true,
  lastSync: '2026-03-01T12:00:00.000Z',
};

export const replicationList = defineTool({
  id: 'replication.list',
  cmdlet: 'Get-VmbReplication',
  group: 'cluster',
  summary: 'List how the disks of machines are copied to other nodes, and when they last were.',
  effect: 'read',
  input: z.strictObject({ ...place, vm: machineReference.optional() }),
  output: z.strictObject({ jobs: z.array(replicationJob) }),
  main: 'jobs',
  errors: ['not_found', 'ambiguous', 'unavailable', 'unsupported', 'denied', 'cancelled'],
  examples: [{ title: 'All', input: { host: 'lab' }, output: { jobs: [example] } }],
});

export const replicationSet = defineTool({
  id: 'replication.set',
  cmdlet: 'Set-VmbReplication',
  group: 'cluster',
  summary: 'Copy the disks of a machine to another node regularly. What is left out stays.',
  effect: 'change',
  idempotent: true,
  undo: { irreversible: 'Set it again to what it was.' },
  input: z.strictObject({
    vm: machineReference,
    target: nodeName,
    schedule: z.string().min(1).max(128).optional().describe('Default: "*/15", each 15 minutes.'),
    rateMegabytes: z.number().min(1).optional().describe('Limit per second.'),
    state: z.enum(['enabled', 'disabled']).optional(),
    comment: z.string().max(4096).optional(),
  }),
  output: z.strictObject({ job: replicationJob }),
  main: 'job',
  errors,
  examples: [{ title: 'Each 15 minutes', input: { vm: 'web', target: 'pve2' }, output: { job: example } }],
});

export const replicationRemove = defineTool({
  id: 'replication.remove',
  cmdlet: 'Remove-VmbReplication',
  group: 'cluster',
  summary: 'Stop copying the disks of a machine, and delete the copies.',
  effect: 'destroy',
  undo: { irreversible: 'Make it anew with replication.set.' },
  input: z.strictObject({ host, job: jobId, keepCopies: z.boolean().default(false) }),
  output: z.strictObject({ removed: z.string().describe('Id of the job; the host deletes it at its next run.') }),
  errors: [...errors, 'approval_required'],
  examples: [{ title: 'Stop it', input: { host: 'lab', job: '100-0' }, output: { removed: '100-0' } }],
});

export const replicationRun = defineTool({
  id: 'replication.run',
  cmdlet: 'Start-VmbReplication',
  group: 'cluster',
  summary: 'Have the disks of a machine copied as soon as possible.',
  effect: 'change',
  idempotent: true,
  undo: { irreversible: 'What was copied can not be taken back.' },
  input: z.strictObject({ host, job: jobId }),
  output: z.strictObject({ scheduled: z.string().describe('Id of the job.') }),
  errors,
  examples: [{ title: 'Now', input: { host: 'lab', job: '100-0' }, output: { scheduled: '100-0' } }],
});
