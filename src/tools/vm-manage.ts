import { z } from 'zod';
import { hardware } from '../model/hardware.ts';
import { machine, machineName, machineReference } from '../model/machine.ts';
import { networkReference } from '../model/network.ts';
import { byteCount } from '../model/primitives.ts';
import { defineTool } from './define-tool.ts';
import { machineExample } from './examples/machine.ts';
import { imagePath } from './fields/image-path.ts';
import { machineSettings } from './fields/machine-settings.ts';

const stopped = { ...machineExample, state: 'stopped' as const, nativeState: 'shut down' };

export const vmRename = defineTool({
  id: 'vm.rename',
  cmdlet: 'Rename-VmbVM',
  group: 'vm',
  summary: 'Give a machine another name; its id changes with it.',
  effect: 'change',
  input: z.strictObject({ vm: machineReference, name: machineName }),
  output: z.strictObject({ machine }),
  main: 'machine',
  errors: ['not_found', 'ambiguous', 'conflict', 'unsupported', 'host_fault', 'cancelled', 'failed'],
  examples: [{ title: 'Rename', input: { vm: 'old', name: 'web' }, output: { machine: stopped } }],
});

export const vmConfigure = defineTool({
  id: 'vm.configure',
  cmdlet: 'Set-VmbVM',
  group: 'vm',
  summary: 'Change what a machine is made of. What is left out stays.',
  description: 'Disc and forwarded ports can be changed while it runs; for the rest it has to be stopped.',
  effect: 'change',
  input: z.strictObject({
    vm: machineReference,
    cpus: z.int().min(1).max(256).optional(),
    memoryBytes: byteCount.min(64 * 2 ** 20).optional(),
    network: networkReference.optional(),
    iso: imagePath.optional().describe('Disc to put into the drive.'),
    eject: z.boolean().default(false).describe('Take the disc out.'),
    ...machineSettings,
  }),
  output: z.strictObject({ machine, hardware }),
  main: 'machine',
  errors: ['not_found', 'ambiguous', 'conflict', 'busy', 'denied', 'unsupported', 'host_fault', 'cancelled', 'failed'],
  examples: [
    {
      title: 'More memory',
      input: { vm: 'web', memoryBytes: 4_294_967_296 },
      output: {
        machine: { ...stopped, memoryBytes: 4_294_967_296 },
        hardware: {
          firmware: 'uefi',
          machine: 'q35',
          accelerator: 'auto',
          disks: [{ path: '/machines/0123456789ab/disk0.qcow2', bus: 'ahci', sizeBytes: 21_474_836_480 }],
          network: 'user',
          forwards: [],
          shares: [],
          lifetime: 'server',
        },
      },
    },
  ],
});

export const vmClone = defineTool({
  id: 'vm.clone',
  cmdlet: 'Copy-VmbVM',
  group: 'vm',
  summary: 'Make a second machine with the same disks from a stopped one.',
  effect: 'create',
  long: true,
  input: z.strictObject({
    vm: machineReference,
    name: machineName,
    linked: z
      .boolean()
      .default(false)
      .describe('Stand on the disks of the first, which then can not be started, instead of copying them.'),
  }),
  output: z.strictObject({ machine }),
  main: 'machine',
  errors: ['not_found', 'ambiguous', 'conflict', 'busy', 'unsupported', 'host_fault', 'cancelled', 'failed'],
  examples: [{ title: 'Copy', input: { vm: 'template', name: 'web' }, output: { machine: stopped } }],
});
