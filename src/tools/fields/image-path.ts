import { z } from 'zod';
import { imageFormat } from '../../model/image.ts';

/** A path on the machine that runs vmbridge; a relative one starts at its working folder. */
export const hostPath = z
  .string()
  .min(1)
  .max(32_767)
  .regex(/^[^\0]+$/, 'must not contain a NUL character');

export const imagePath = hostPath.describe('Path of the disk image on the machine that runs vmbridge.');

export const sourceFormat = imageFormat.optional().describe('Read the file as this format instead of detecting it.');
