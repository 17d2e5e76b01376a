import { z } from 'zod';
import { probeCheck } from './provider.ts';

export const acceleratorName = z.enum(['kvm', 'whpx', 'hvf', 'tcg']);
export type AcceleratorName = z.infer<typeof acceleratorName>;

export const acceleratorTrial = z
  .strictObject({
    accelerator: acceleratorName,
    cpu: z.string().optional().describe('The processor model that it was tried with, as QEMU calls it.'),
    usable: z.boolean(),
    reason: z.string(),
    milliseconds: z.number().min(0),
  })
  .meta({ title: 'AcceleratorTrial', columns: ['accelerator', 'cpu', 'usable', 'reason'] });

export const missingPart = z
  .strictObject({
    what: z.string(),
    why: z.string(),
    command: z.string().optional().describe('Mends it.'),
  })
  .meta({ title: 'MissingProgram', columns: ['what', 'why', 'command'] });

export const engineReport = z
  .strictObject({
    available: z.boolean(),
    system: z.string().optional().describe('Path of qemu-system-x86_64.'),
    img: z.string().optional().describe('Path of qemu-img.'),
    version: z.string().optional(),
    uefiCode: z.string().optional().describe('Path of the UEFI firmware code.'),
    uefiVariables: z.string().optional().describe('Path of the UEFI variable template.'),
    accelerator: acceleratorName.optional().describe('The one that a boot would use.'),
    trials: z.array(acceleratorTrial),
    displays: z.array(z.string()).optional().describe('Windows that QEMU can open.'),
    features: z.array(z.string()).optional().describe('Of: vnc, spice, png, 9p, virtiofs, tpm, usb, usb-host.'),
    missing: z.array(missingPart),
    checks: z.array(probeCheck).describe('With what keeps guests from the hardware.'),
  })
  .meta({ title: 'Engine' });
