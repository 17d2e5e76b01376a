import { z } from 'zod';
import { machineSettingValues } from '../../model/machine-parts.ts';

const optIn = { optIn: true };
const word = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}]+$/u, 'must not contain control characters');

/** Member of a cluster. */
export const nodeName = z
  .string()
  .regex(/^[A-Za-z0-9]([A-Za-z0-9.-]{0,61}[A-Za-z0-9])?$/, 'must be the name of a node');

export const storageName = z.string().regex(/^[A-Za-z][\w.-]{0,99}$/, 'must be the name of a storage');

export const vmid = z.int().min(100).max(999_999_999);

const tag = z.string().regex(/^[A-Za-z0-9_][\w.+-]{0,123}$/, 'must be letters, digits and _ - + .');
export const tags = z.array(tag).max(100);
export const description = z.string().max(8000);

/** Settings in the provider's own names, e.g. {"agent": "1"}. Their values may be secrets. */
export const settings = machineSettingValues.meta({ secret: true }).describe('In its own names, e.g. {"agent": "1"}.');

/** Where a new machine is put. */
export const placement = {
  node: nodeName.meta(optIn).optional().describe('Default: the one with most free memory.'),
  storage: storageName.meta(optIn).optional().describe('For its disks.'),
  pool: word.meta(optIn).optional(),
  vmid: vmid.meta(optIn).optional().describe('Default: the next free one.'),
};

/** What some providers take when a machine is made. */
export const creationFields = {
  ...placement,
  kind: z.enum(['vm', 'container']).meta(optIn).default('vm'),
  isoVolume: word.meta(optIn).optional().describe('Disc in a storage, e.g. "local:iso/debian.iso".'),
  template: word.meta(optIn).optional().describe('Volume that a container is unpacked from.'),
  tags: tags.meta(optIn).optional(),
  description: description.meta(optIn).optional(),
  osType: word.meta(optIn).optional(),
  privileged: z.boolean().meta(optIn).default(false).describe('Root of the container is root of the node.'),
  password: z.string().min(5).max(200).meta({ optIn: true, secret: true, prompt: true }).optional(),
  sshKeys: z.array(word.max(10_000)).max(100).meta(optIn).optional(),
  options: settings.meta({ optIn: true, secret: true }).optional(),
  start: z.boolean().meta(optIn).default(false),
};
