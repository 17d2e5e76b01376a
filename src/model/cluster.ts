import { z } from 'zod';
import { timestamp } from './primitives.ts';

export const clusterNode = z
  .strictObject({
    name: z.string(),
    online: z.boolean(),
    local: z.boolean().describe('True for the one that answered.'),
    address: z.string().optional(),
    id: z.int().optional(),
  })
  .meta({ title: 'ClusterNode', columns: ['name', 'online', 'address', 'id'] });

export const highAvailabilityState = z
  .strictObject({
    id: z.string(),
    kind: z.string().describe('e.g. "quorum", "master", "lrm", "service".'),
    node: z.string().optional(),
    status: z.string().optional(),
    state: z.string().optional(),
    vm: z.string().optional(),
  })
  .meta({ title: 'HaState', columns: ['kind', 'id', 'status', 'node', 'vm'] });
export type HighAvailabilityState = z.infer<typeof highAvailabilityState>;

export const cluster = z
  .strictObject({
    host: z.string(),
    name: z.string().optional().describe('Left out where there is no cluster.'),
    quorate: z.boolean().describe('Whether enough nodes agree to change anything.'),
    nodes: z.array(clusterNode),
    highAvailability: z.array(highAvailabilityState),
  })
  .meta({ title: 'Cluster', columns: ['host', 'name', 'quorate', 'nodes'] });
export type Cluster = z.infer<typeof cluster>;

/** A machine that the cluster keeps in a state, on another node when need be. */
export const haResource = z
  .strictObject({
    id: z.string(),
    vm: z.string(),
    state: z.string(),
    group: z.string().optional(),
    maxRestart: z.int().optional(),
    maxRelocate: z.int().optional(),
    failback: z.boolean().optional(),
    comment: z.string().optional(),
  })
  .meta({ title: 'HaResource', columns: ['vm', 'state', 'group', 'maxRestart', 'maxRelocate', 'comment'] });
export type HaResource = z.infer<typeof haResource>;

/** Where machines may or have to run: a rule, or what older versions call a group. */
export const haRule = z
  .strictObject({
    id: z.string(),
    kind: z.enum(['group', 'node-affinity', 'resource-affinity']),
    vms: z.array(z.string()),
    nodes: z.array(z.string()).describe('By priority, e.g. "pve1:2".'),
    strict: z.boolean(),
    affinity: z.enum(['positive', 'negative']).optional(),
    enabled: z.boolean(),
    comment: z.string().optional(),
  })
  .meta({ title: 'HaRule', columns: ['id', 'kind', 'nodes', 'vms', 'strict', 'affinity', 'enabled'] });
export type HaRule = z.infer<typeof haRule>;

export const replicationJob = z
  .strictObject({
    id: z.string(),
    vm: z.string(),
    source: z.string().optional(),
    target: z.string(),
    schedule: z.string().optional(),
    rateMegabytes: z.number().optional().describe('Limit per second.'),
    enabled: z.boolean(),
    comment: z.string().optional(),
    lastSync: timestamp.optional(),
    nextSync: timestamp.optional(),
    durationSeconds: z.number().optional(),
    problem: z.string().optional().describe('Why the last run failed.'),
  })
  .meta({ title: 'Replication', columns: ['id', 'vm', 'source', 'target', 'schedule', 'enabled', 'lastSync'] });
export type ReplicationJob = z.infer<typeof replicationJob>;
