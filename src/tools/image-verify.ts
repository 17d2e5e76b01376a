import { z } from 'zod';
import { diskLayer, imageFormat, verifyProblem } from '../model/image.ts';
import { byteCount } from '../model/primitives.ts';
import { fileComparison } from '../model/proof.ts';
import { defineTool } from './define-tool.ts';
import { inspectionExample, sourceExample } from './examples/image.ts';
import { imagePath, parentPaths, sourceFormat, sourceSum } from './fields/image-path.ts';

export const imageVerify = defineTool({
  id: 'image.verify',
  cmdlet: 'Confirm-VmbImage',
  group: 'image',
  summary: 'Check all structures of a disk image and its parents, and read every block.',
  description: 'Says nothing of the file systems inside.',
  effect: 'read',
  long: true,
  input: z.strictObject({ image: imagePath, format: sourceFormat, parents: parentPaths, sha256: sourceSum }),
  output: z
    .strictObject({
      intact: z.boolean().describe('True when no error was found; warnings do not count.'),
      path: z.string(),
      format: imageFormat.optional().describe('Absent when the file can not even be opened.'),
      layers: z.array(diskLayer),
      problems: z.array(verifyProblem).describe('The first 100.'),
      totalProblems: z.int().min(0),
      bytesRead: byteCount.describe('Data read, headers and tables not counted.'),
      sources: z.array(fileComparison).describe('Each file before and after.'),
      unchanged: z.boolean(),
      milliseconds: z.int().min(0),
    })
    .meta({
      title: 'ImageVerification',
      columns: ['intact', 'format', 'totalProblems', 'bytesRead', 'unchanged', 'path'],
    }),
  errors: ['not_found', 'unsupported', 'conflict', 'busy', 'host_fault'],
  examples: [
    {
      title: 'Check a backup',
      input: { image: '/backups/web.vhdx' },
      output: {
        intact: true,
        path: '/backups/web.vhdx',
        format: 'vhdx',
        layers: inspectionExample.layers,
        problems: [],
        totalProblems: 0,
        bytesRead: 1_879_048_192,
        sources: [sourceExample],
        unchanged: true,
        milliseconds: 2_300,
      },
    },
  ],
});
