import { z } from 'zod';
import { byteCount } from '../model/primitives.ts';
import { fileComparison } from '../model/proof.ts';
import { defineTool } from './define-tool.ts';
import { sourceExample } from './examples/image.ts';
import { imageFileHints, imagePath, newPath, parentPaths, sourceFormat, sourceSum } from './fields/image-path.ts';

export const imageExport = defineTool({
  id: 'image.export',
  cmdlet: 'Export-VmbImage',
  group: 'image',
  summary: 'Write an image, its parents and its log merged in, as one new image.',
  description: 'As image.convert, compared with what was read, and with proof that no source changed.',
  effect: 'create',
  long: true,
  undo: { irreversible: 'It made something new, which can be removed by hand.' },
  input: z.strictObject({
    image: imagePath,
    format: sourceFormat,
    parents: parentPaths,
    target: newPath.describe('Path of the new image. Nothing is replaced.'),
    targetFormat: z.enum(['raw', 'qcow2', 'vhdx']).optional().describe('Default: by the suffix of target.'),
    sha256: sourceSum,
  }),
  output: z
    .strictObject({
      path: z.string(),
      format: z.string(),
      variant: z.string().optional(),
      virtualSize: byteCount,
      fileSize: byteCount,
      allocatedSize: byteCount,
      sources: z.array(fileComparison).describe('The image and its parents before and after.'),
      unchanged: z.boolean(),
      milliseconds: z.int().min(0),
      warnings: z.array(z.string()),
    })
    .meta(imageFileHints),
  errors: ['not_found', 'denied', 'invalid', 'unsupported', 'conflict', 'busy', 'host_fault', 'failed'],
  examples: [
    {
      title: 'Make a chain of checkpoints one disk',
      input: { image: '/backups/web.avhdx', target: '/images/web.vhdx', parents: ['/backups/base'] },
      output: {
        path: '/images/web.vhdx',
        format: 'vhdx',
        variant: 'dynamic',
        virtualSize: 10_737_418_240,
        fileSize: 1_887_436_800,
        allocatedSize: 1_887_436_800,
        sources: [sourceExample],
        unchanged: true,
        milliseconds: 9_200,
        warnings: [],
      },
    },
  ],
});
