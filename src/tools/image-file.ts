import { z } from 'zod';
import { imageFormat } from '../model/image.ts';
import { byteCount } from '../model/primitives.ts';
import { defineTool } from './define-tool.ts';
import { filePath, imageFileHints, imagePath, newPath, parentPaths, sourceFormat } from './fields/image-path.ts';

const target = newPath.describe('Path of the new image. Nothing is replaced.');
const targetFormat = imageFormat.exclude(['iso']).optional().describe('Default: by the suffix of target.');
const allocate = z.boolean().default(false).describe('Fixed vhd, vhdx or vdi; raw or qcow2 with its space reserved.');
const diskSize = byteCount.min(512).multipleOf(512).describe('Size of the disk that a guest sees.');

const writtenImage = {
  path: z.string(),
  format: z.string().describe('e.g. "qcow2".'),
  variant: z.string().optional().describe('e.g. "dynamic", "fixed", "streamOptimized".'),
  virtualSize: byteCount.describe('Size of the disk that a guest sees, in bytes.'),
  fileSize: byteCount.describe('Size of the file, in bytes.'),
  allocatedSize: byteCount.describe('What the file takes up on its file system, in bytes.'),
};
const warnings = z.array(z.string());
const errors = ['not_found', 'denied', 'invalid', 'unsupported', 'conflict', 'host_fault', 'failed'] as const;

export const imageConvert = defineTool({
  id: 'image.convert',
  cmdlet: 'ConvertTo-VmbImage',
  group: 'image',
  summary: 'Copy a disk image into a new file of any format.',
  description:
    'Opens the source read-only and merges its parents in. The new file gets its name only when it is whole; a failed copy leaves nothing.',
  effect: 'create',
  long: true,
  undo: { irreversible: 'It made something new, which can be removed by hand.' },
  input: z.strictObject({
    image: imagePath,
    format: sourceFormat,
    parents: parentPaths,
    target,
    targetFormat,
    compressed: z.boolean().default(false).describe('qcow2, and vmdk as streamOptimized.'),
    allocate,
    verify: z.boolean().default(false).describe('Compare the contents of both.'),
  }),
  output: z
    .strictObject({
      ...writtenImage,
      milliseconds: z.int().min(0),
      warnings,
    })
    .meta(imageFileHints),
  errors,
  examples: [
    {
      title: 'Make a VHDX backup into a compressed qcow2',
      input: { image: '/backups/web.vhdx', target: '/images/web.qcow2', compressed: true },
      output: {
        path: '/images/web.qcow2',
        format: 'qcow2',
        virtualSize: 10_737_418_240,
        fileSize: 734_003_200,
        allocatedSize: 734_007_296,
        milliseconds: 21_400,
        warnings: [],
      },
    },
  ],
});

export const imageCreate = defineTool({
  id: 'image.create',
  cmdlet: 'New-VmbImage',
  group: 'image',
  summary: 'Make an empty disk image, or a qcow2 that stands on another image.',
  description: 'That image must then stay where and as it is.',
  effect: 'create',
  long: true,
  undo: { irreversible: 'It made something new, which can be removed by hand.' },
  input: z.strictObject({
    target,
    format: targetFormat,
    sizeBytes: diskSize.optional().describe('Default with backing: the same.'),
    backing: filePath.optional().describe('Image to stand on.'),
    backingFormat: imageFormat.optional().describe('Default: detected.'),
    allocate,
  }),
  output: z
    .strictObject({
      ...writtenImage,
      backing: z.string().optional().describe('Absolute path of the image on which it stands.'),
      warnings,
    })
    .meta(imageFileHints),
  errors,
  examples: [
    {
      title: 'A new disk of 20 GiB',
      input: { target: '/images/data.qcow2', sizeBytes: 21_474_836_480 },
      output: {
        path: '/images/data.qcow2',
        format: 'qcow2',
        virtualSize: 21_474_836_480,
        fileSize: 197_120,
        allocatedSize: 200_704,
        warnings: [],
      },
    },
  ],
});

const resized = z
  .strictObject({
    path: z.string(),
    virtualSizeBefore: byteCount,
    virtualSize: byteCount,
    fileSize: byteCount,
    warnings,
  })
  .meta({ title: 'ResizedImage', columns: ['virtualSizeBefore', 'virtualSize', 'fileSize', 'path'] });

export const imageResize = defineTool({
  id: 'image.resize',
  cmdlet: 'Resize-VmbImage',
  group: 'image',
  summary: 'Make the disk in a raw or qcow2 image larger.',
  description: 'In place. Partitions and file systems keep their size. See image.shrink for smaller.',
  effect: 'change',
  idempotent: true,
  undo: { irreversible: 'Making it smaller again would lose what was written since.' },
  input: z.strictObject({ image: imagePath, format: sourceFormat, sizeBytes: diskSize }),
  output: resized,
  errors,
  examples: [
    {
      title: 'To 40 GiB',
      input: { image: '/images/data.qcow2', sizeBytes: 42_949_672_960 },
      output: {
        path: '/images/data.qcow2',
        virtualSizeBefore: 21_474_836_480,
        virtualSize: 42_949_672_960,
        fileSize: 198_144,
        warnings: [],
      },
    },
  ],
});

export const imageShrink = defineTool({
  id: 'image.shrink',
  cmdlet: 'Limit-VmbImage',
  group: 'image',
  summary: 'Cut unused space off the end of the disk in a raw or qcow2 image.',
  description:
    'In place, for good. Refused below the end of the last partition, and where the end of what is used is unknown.',
  effect: 'destroy',
  idempotent: true,
  undo: { irreversible: 'What was cut off is gone.' },
  input: z.strictObject({ image: imagePath, format: sourceFormat, sizeBytes: diskSize }),
  output: resized,
  errors,
  examples: [
    {
      title: 'Back to 20 GiB',
      input: { image: '/images/data.qcow2', sizeBytes: 21_474_836_480 },
      output: {
        path: '/images/data.qcow2',
        virtualSizeBefore: 42_949_672_960,
        virtualSize: 21_474_836_480,
        fileSize: 198_144,
        warnings: [],
      },
    },
  ],
});
