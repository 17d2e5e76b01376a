import { z } from 'zod';
import { byteCount, seconds } from './primitives.ts';

/** A computer that runs machines: this one, or a member of a cluster. */
export const node = z
  .strictObject({
    provider: z.string(),
    host: z.string(),
    name: z.string(),
    state: z.enum(['online', 'offline', 'unknown']),
    cpus: z.int().optional(),
    cpuUsage: z.number().min(0).meta({ unit: 'fraction' }).optional().describe('Of all its processors.'),
    memoryBytes: byteCount.optional(),
    memoryUsedBytes: byteCount.optional(),
    diskBytes: byteCount.optional().describe('Of the file system it works on.'),
    diskUsedBytes: byteCount.optional(),
    uptimeSeconds: seconds.optional(),
    version: z.string().optional(),
    kernel: z.string().optional(),
    cpuModel: z.string().optional(),
    loadAverage: z.array(z.number()).optional().describe('Of 1, 5 and 15 minutes.'),
  })
  .meta({
    title: 'Node',
    columns: ['name', 'state', 'cpus', 'cpuUsage', 'memoryBytes', 'memoryUsedBytes', 'host', 'provider'],
  });
export type Node = z.infer<typeof node>;
