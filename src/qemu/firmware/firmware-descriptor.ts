import { z } from 'zod';
import type { UefiFirmware } from './uefi-firmware.ts';

// QEMU's docs/interop/firmware.json describes these files. Only what is read here is checked.
const flashFile = z.object({ filename: z.string().min(1), format: z.enum(['raw', 'qcow2']) });
const firmwareDescriptor = z.object({
  'interface-types': z.array(z.string()),
  mapping: z.object({
    device: z.literal('flash'),
    mode: z.string().optional(),
    executable: flashFile,
    'nvram-template': flashFile,
  }),
  targets: z.array(z.object({ architecture: z.string(), machines: z.array(z.string()) })),
  features: z.array(z.string()),
});

// Secure Boot would refuse loaders that a machine without it booted, and the SMM that it needs is not set up.
const unwanted = new Set(['secure-boot', 'requires-smm', 'enrolled-keys', 'host-uefi-vars']);

/** The UEFI firmware that a descriptor offers, or nothing when it is for other machines, or for Secure Boot. */
export function readFirmwareDescriptor(text: string): UefiFirmware | undefined {
  const parsed = firmwareDescriptor.safeParse(parseJson(text));
  if (!parsed.success) return undefined;
  const { mapping, targets, features } = parsed.data;
  const fits = targets.some(
    ({ architecture, machines }) =>
      architecture === 'x86_64' && machines.some(machine => /^pc-(q35|i440fx)-/.test(machine)),
  );
  const isSplit = mapping.mode === undefined || mapping.mode === 'split';
  if (!parsed.data['interface-types'].includes('uefi') || !fits || !isSplit) return undefined;
  if (features.some(feature => unwanted.has(feature))) return undefined;
  const { executable, 'nvram-template': template } = mapping;
  return {
    code: executable.filename,
    vars: template.filename,
    codeFormat: executable.format,
    varsFormat: template.format,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
