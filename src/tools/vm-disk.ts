import { z } from 'zod';
import { machineReference } from '../model/machine.ts';
import { machineDisk } from '../model/machine-parts.ts';
import { byteCount } from '../model/primitives.ts';
import { defineTool } from './define-tool.ts';
import { hostErrors as errors } from './fields/host-errors.ts';
import { storageName } from './fields/placement.ts';

const disk = z
  .string()
  .regex(/^[a-z][a-z0-9]{1,19}$/, 'must be the key of a disk, e.g. "scsi0"')
  .describe('Its key in vm.get, e.g. "scsi0".');
const example = {
  key: 'scsi0',
  volume: 'local-lvm:vm-100-disk-0',
  storage: 'local-lvm',
  sizeBytes: 42_949_672_960,
  media: 'disk' as const,
};

export const vmDiskResize = defineTool({
  id: 'vm.disk.resize',
  cmdlet: 'Resize-VmbDisk',
  group: 'vm',
  summary: 'Make a disk of a machine larger; the guest enlarges its partitions itself.',
  effect: 'change',
  idempotent: true,
  long: true,
  undo: { irreversible: 'A disk is never made smaller.' },
  input: z.strictObject({ vm: machineReference, disk, sizeBytes: byteCount.min(2 ** 20).describe('The new size.') }),
  output: z.strictObject({ disk: machineDisk }),
  main: 'disk',
  errors,
  examples: [
    { title: '40 GiB', input: { vm: 'web', disk: 'scsi0', sizeBytes: 42_949_672_960 }, output: { disk: example } },
  ],
});

export const vmDiskMove = defineTool({
  id: 'vm.disk.move',
  cmdlet: 'Move-VmbDisk',
  group: 'vm',
  summary: 'Move a disk of a machine to another storage.',
  effect: 'change',
  mayDestroy: true,
  long: true,
  undo: { irreversible: 'Move it back with the same tool; a deleted source is gone.' },
  input: z.strictObject({
    vm: machineReference,
    disk,
    storage: storageName,
    format: z.enum(['raw', 'qcow2', 'vmdk']).optional(),
    deleteSource: z.boolean().default(false).describe('Else the old one stays as an unused disk.'),
  }),
  output: z.strictObject({ disk: machineDisk }),
  main: 'disk',
  errors,
  examples: [
    {
      title: 'To faster disks',
      input: { vm: 'web', disk: 'scsi0', storage: 'local-lvm', deleteSource: true },
      output: { disk: example },
    },
  ],
});
