import { z } from 'zod';
import { imageFormat } from '../../model/image.ts';

/** A path on the machine that runs vmbridge; a relative one starts at its working folder. */
export const hostPath = z
  .string()
  .max(32_767)
  .regex(/^[^\0]+$/, 'must be a path, without a NUL character');

export const imagePath = hostPath.describe('Path on the host of vmbridge.');

export const sourceFormat = imageFormat.optional().describe('Default: detected.');

export const parentPaths = z
  .array(hostPath)
  .max(200)
  .optional()
  .describe('Parents of a VHDX or VHD, or their folders.');

export const sourceSum = z.boolean().default(false).describe('Also hash each source before and after.');
