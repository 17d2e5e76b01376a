import { z } from 'zod';
import { faultCodes } from '../errors/fault.ts';

export const faultCode = z.enum(faultCodes);

/** A Fault as it stands in results and records. */
export const faultReport = z.strictObject({
  code: faultCode,
  message: z.string(),
  remedy: z.string().optional(),
  data: z.record(z.string(), z.unknown()).optional(),
  log: z.string().optional(),
});
export type FaultReport = z.infer<typeof faultReport>;
