import { z } from 'zod';
import { imageFormat } from '../../model/image.ts';

/** A path on the machine that runs vmbridge; a relative one starts at its working folder. */
export const hostPath = z
  .string()
  .max(32_767)
  .regex(/^[^\0]+$/, 'must be a path, without a NUL character');

/** One of what is there. */
export const filePath = hostPath.meta({ refersTo: 'file' });

/** One of what is to be made. */
export const newPath = hostPath.meta({ refersTo: 'newFile' });

export const imagePath = filePath.describe('Path on the host of vmbridge.');

export const sourceFormat = imageFormat.optional().describe('Default: detected.');

export const parentPaths = z
  .array(filePath)
  .max(200)
  .optional()
  .describe('Parents of a VHDX or VHD, or their folders.');

/** How a shell shows a file that was written. */
export const imageFileHints = {
  title: 'ImageFile',
  columns: ['format', 'variant', 'virtualSize', 'fileSize', 'allocatedSize', 'path'],
};

export const sourceSum = z.boolean().default(false).describe('Also hash each source before and after.');
