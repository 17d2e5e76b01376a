import { z } from 'zod';
import { byteCount } from './primitives.ts';

const counts = z.record(z.string(), z.int());

/** What there is, what is promised to machines, and what is left: of all, of a provider, or of one of its hosts. */
export const resourceSummary = z
  .strictObject({
    scope: z.enum(['overall', 'provider', 'host']),
    provider: z.string().optional(),
    host: z.string().optional(),
    machines: z.int(),
    running: z.int(),
    states: counts.describe('Machines by state.'),
    kinds: counts.describe('Machines by kind.'),
    templates: z.int(),
    nodes: z.int().describe('Computers that run them.'),
    cpus: z.int().optional().describe('Processors of the computers that are online.'),
    cpusUsed: z.number().optional(),
    cpusAllotted: z.int().describe('Of the machines that run.'),
    memoryBytes: byteCount.optional(),
    memoryUsedBytes: byteCount.optional(),
    memoryFreeBytes: byteCount.optional(),
    memoryAllottedBytes: byteCount.describe('Of the machines that run.'),
    storageBytes: byteCount.optional().describe('Shared storages count once.'),
    storageUsedBytes: byteCount.optional(),
    storageFreeBytes: byteCount.optional(),
    networks: z.int().optional(),
  })
  .meta({
    title: 'ResourceSummary',
    columns: [
      'scope',
      'provider',
      'host',
      'running',
      'machines',
      'cpus',
      'memoryBytes',
      'memoryFreeBytes',
      'storageFreeBytes',
    ],
  });
export type ResourceSummary = z.infer<typeof resourceSummary>;
