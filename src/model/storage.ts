import { z } from 'zod';
import { byteCount, timestamp } from './primitives.ts';

/** What a storage may hold. */
export const volumeContent = z.enum(['disk', 'container', 'backup', 'iso', 'template', 'snippet', 'import']);
export type VolumeContent = z.infer<typeof volumeContent>;

/** Where disks, discs and backups lie, as one node sees it. */
export const storage = z
  .strictObject({
    provider: z.string(),
    host: z.string(),
    node: z.string().optional().describe('Left out where all nodes see the same.'),
    name: z.string(),
    kind: z.string().describe('e.g. "dir", "zfspool", "pbs".'),
    contents: z.array(z.string()).describe('What it may hold.'),
    shared: z.boolean(),
    active: z.boolean(),
    totalBytes: byteCount.optional(),
    usedBytes: byteCount.optional(),
    freeBytes: byteCount.optional(),
  })
  .meta({ title: 'Storage', columns: ['name', 'node', 'kind', 'active', 'totalBytes', 'freeBytes', 'contents'] });
export type Storage = z.infer<typeof storage>;

/** One thing that lies in a storage. */
export const volume = z
  .strictObject({
    id: z.string().describe('e.g. "local:iso/debian.iso".'),
    host: z.string(),
    node: z.string(),
    storage: z.string(),
    content: z.string(),
    format: z.string().optional(),
    sizeBytes: byteCount.optional(),
    createdAt: timestamp.optional(),
    vm: z.string().optional().describe('Id of the machine that it belongs to.'),
    notes: z.string().optional(),
    protected: z.boolean().optional(),
  })
  .meta({ title: 'StorageVolume', columns: ['id', 'content', 'format', 'sizeBytes', 'createdAt', 'vm'] });
export type Volume = z.infer<typeof volume>;

/** The id of a volume as the provider writes it: the storage, a colon and a name in it. */
export const volumeReference = z
  .string()
  .max(1000)
  .regex(/^[A-Za-z][\w.-]*:[^\s\p{Cc}][^\p{Cc}]*$/u, 'must look like "local:iso/debian.iso"')
  .meta({ refersTo: 'volume' });

/** Part of the answers that ask several places: those that did not answer. */
export const missingStorage = z
  .strictObject({ storage: z.string(), node: z.string(), reason: z.string() })
  .meta({ title: 'MissingStorage', columns: ['storage', 'node', 'reason'] });
export type MissingStorage = z.infer<typeof missingStorage>;
