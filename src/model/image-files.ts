import { z } from 'zod';
import { byteCount, timestamp } from './primitives.ts';

export const imageVolume = z
  .strictObject({
    partition: z.int().min(0).describe('Number in the partition table; 0 is the whole disk.'),
    fileSystem: z.string().optional().describe('e.g. "ntfs", "ext4", "bitlocker"; absent when unknown.'),
    label: z.string().optional(),
    size: byteCount,
    readable: z.boolean().describe('Whether its files can be listed and copied.'),
  })
  .meta({ title: 'Volume', columns: ['partition', 'fileSystem', 'label', 'size', 'readable'] });
export type ImageVolume = z.infer<typeof imageVolume>;

export const imageEntry = z
  .strictObject({
    name: z.string(),
    kind: z.enum(['file', 'folder', 'link', 'other']),
    size: byteCount.describe('Bytes of content; 0 for a folder.'),
    modified: timestamp.optional(),
    target: z.string().optional().describe('Where a link leads.'),
    problem: z.string().optional().describe('Why it can not be copied.'),
  })
  .meta({ title: 'ImageItem', columns: ['kind', 'modified', 'size', 'name', 'target'] });
export type ImageEntry = z.infer<typeof imageEntry>;

export const imageListing = z.strictObject({
  volumes: z.array(imageVolume).optional().describe('When several could be meant and none was named.'),
  volume: imageVolume.optional().describe('The one that was looked into.'),
  path: z.string(),
  entries: z.array(imageEntry).describe('In the order of their names.'),
  total: z.int().min(0).describe('How many there are.'),
  truncated: z.boolean(),
  warnings: z.array(z.string()),
});
export type ImageListing = z.infer<typeof imageListing>;

export const skippedItem = z.strictObject({ path: z.string(), reason: z.string() });
export type SkippedItem = z.infer<typeof skippedItem>;

export const imageCopy = z
  .strictObject({
    path: z.string().describe('Absolute path of the copy.'),
    volume: imageVolume,
    files: z.int().min(0),
    folders: z.int().min(0),
    bytes: byteCount.describe('Size of the files together.'),
    skipped: z.array(skippedItem).describe('The first 100 of what was left out.'),
    totalSkipped: z.int().min(0),
    sha256: z.string().optional().describe('Of a single file; absent with holes above 8 GiB.'),
    warnings: z.array(z.string()),
  })
  .meta({ title: 'ImageCopy', columns: ['path', 'files', 'folders', 'bytes', 'totalSkipped'] });
export type ImageCopy = z.infer<typeof imageCopy>;
