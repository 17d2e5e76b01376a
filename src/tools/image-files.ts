import { z } from 'zod';
import { imageCopy, imageListing } from '../model/image-files.ts';
import { defineTool } from './define-tool.ts';
import { imagePath, newPath, parentPaths, sourceFormat } from './fields/image-path.ts';

const insidePath = z
  .string()
  .max(32_767)
  .regex(/^[^\0]*$/, 'must not contain a NUL character');

const source = {
  image: imagePath,
  format: sourceFormat,
  parents: parentPaths,
  partition: z.int().min(0).optional().describe('Default: the only one that can be read. 0: the whole disk.'),
};
const errors = [
  'not_found',
  'ambiguous',
  'denied',
  'invalid',
  'unsupported',
  'conflict',
  'busy',
  'host_fault',
  'failed',
] as const;

const volume = { partition: 2, fileSystem: 'ntfs', label: 'System', size: 53_687_091_200, readable: true };

export const imageLs = defineTool({
  id: 'image.ls',
  cmdlet: 'Get-VmbImageItem',
  group: 'image',
  summary: 'List the files in a disk image, without mounting it.',
  description: 'NTFS, ext, FAT, exFAT, ISO 9660. Of several volumes lists the volumes, unless one is named.',
  effect: 'read',
  input: z.strictObject({
    ...source,
    path: insidePath.default('/'),
    limit: z.int().min(1).max(10_000).default(1000),
  }),
  output: imageListing,
  main: 'entries',
  errors,
  examples: [
    {
      title: 'Look into a backup',
      input: { image: '/backups/web.vhdx', partition: 2, path: '/Users' },
      output: {
        volume,
        path: '/Users',
        entries: [
          { name: 'All Users', kind: 'link', size: 0, target: 'C:\\ProgramData' },
          { name: 'anna', kind: 'folder', size: 0, modified: '2026-02-28T22:04:11.000Z' },
          { name: 'desktop.ini', kind: 'file', size: 174, modified: '2026-01-07T10:12:00.000Z' },
        ],
        total: 3,
        truncated: false,
        warnings: [],
      },
    },
  ],
});

export const imageCp = defineTool({
  id: 'image.cp',
  cmdlet: 'Copy-VmbImageItem',
  group: 'image',
  summary: 'Copy a file or a folder out of a disk image, without mounting it.',
  description: 'Links and what is encrypted or damaged are skipped.',
  effect: 'create',
  long: true,
  undo: { irreversible: 'It made something new, which can be removed by hand.' },
  input: z.strictObject({
    ...source,
    path: insidePath.describe('File or folder in the image.'),
    target: newPath.describe('Path of the copy. Nothing is replaced.'),
  }),
  output: imageCopy,
  errors,
  examples: [
    {
      title: 'Get a folder back',
      input: { image: '/backups/web.vhdx', partition: 2, path: '/Users/anna/Documents', target: '/restored/Documents' },
      output: {
        path: '/restored/Documents',
        volume,
        files: 212,
        folders: 14,
        bytes: 734_003_200,
        skipped: [{ path: '/Users/anna/Documents/My Music', reason: 'It is a link to "C:\\Users\\anna\\Music".' }],
        totalSkipped: 1,
        warnings: [],
      },
    },
  ],
});
