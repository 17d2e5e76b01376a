import { z } from 'zod';
import { checkpointReference } from '../model/checkpoint.ts';
import { hardware } from '../model/hardware.ts';
import { machine, machineName, machineReference } from '../model/machine.ts';
import { pendingChange } from '../model/machine-parts.ts';
import { networkReference } from '../model/network.ts';
import { byteCount } from '../model/primitives.ts';
import { defineTool } from './define-tool.ts';
import { machineExample } from './examples/machine.ts';
import { imagePath } from './fields/image-path.ts';
import { machineSettings } from './fields/machine-settings.ts';
import { description, nodeName, placement, settings, storageName, tags } from './fields/placement.ts';

const stopped = { ...machineExample, state: 'stopped' as const, nativeState: 'shut down' };

export const vmRename = defineTool({
  id: 'vm.rename',
  cmdlet: 'Rename-VmbVM',
  group: 'vm',
  summary: 'Give a machine another name; where ids are made of names, its id changes with it.',
  effect: 'change',
  undo: { tool: 'vm.rename', input: { vm: '$output.machine.id', name: '$before.name' } },
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
  undo: {
    tool: 'vm.configure',
    input: {
      vm: '$output.machine.id',
      cpus: '$before.cpus',
      memoryBytes: '$before.memoryBytes',
      network: '$before.networks.0',
      iso: '$before.hardware.iso',
      accelerator: '$before.hardware.accelerator',
      forwards: '$before.hardware.forwards',
      shares: '$before.hardware.shares',
      lifetime: '$before.hardware.lifetime',
      tags: '$before.tags',
    },
    given: true,
  },
  input: z.strictObject({
    vm: machineReference,
    cpus: z.int().min(1).max(256).optional(),
    memoryBytes: byteCount.min(64 * 2 ** 20).optional(),
    network: networkReference.optional(),
    iso: imagePath.optional().describe('Disc to put into the drive.'),
    eject: z.boolean().default(false).describe('Take the disc out.'),
    ...machineSettings,
    description: description.meta({ optIn: true }).optional(),
    tags: tags.meta({ optIn: true }).optional(),
    onBoot: z.enum(['yes', 'no']).meta({ optIn: true }).optional().describe('Start it with its host.'),
    options: settings.meta({ optIn: true, secret: true }).optional(),
    reset: z
      .array(z.string().regex(/^[a-z][\w-]{0,39}$/i, 'must be the name of a setting'))
      .max(100)
      .meta({ optIn: true })
      .optional()
      .describe('Settings that go back to their default; a pending change of one is dropped instead.'),
  }),
  output: z.strictObject({
    machine,
    hardware: hardware.optional(),
    pending: z.array(pendingChange).optional().describe('What takes effect with the next start only.'),
  }),
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
  undo: { tool: 'vm.delete', input: { vm: '$output.machine.id' } },
  input: z.strictObject({
    vm: machineReference,
    name: machineName,
    linked: z
      .boolean()
      .default(false)
      .describe('Stand on the disks of the first, which then can not be started, instead of copying them.'),
    ...placement,
    checkpoint: checkpointReference.meta({ optIn: true, refersTo: 'checkpoint' }).optional(),
    description: description.meta({ optIn: true }).optional(),
  }),
  output: z.strictObject({ machine }),
  main: 'machine',
  errors: ['not_found', 'ambiguous', 'conflict', 'busy', 'unsupported', 'host_fault', 'cancelled', 'failed'],
  examples: [{ title: 'Copy', input: { vm: 'template', name: 'web' }, output: { machine: stopped } }],
});

export const vmTemplate = defineTool({
  id: 'vm.template',
  cmdlet: 'ConvertTo-VmbTemplate',
  group: 'vm',
  summary: 'Make a stopped machine a template, to be cloned only. There is no way back.',
  effect: 'change',
  mayDestroy: true,
  long: true,
  undo: { irreversible: 'A template can not be made a machine again.' },
  input: z.strictObject({ vm: machineReference }),
  output: z.strictObject({ machine }),
  main: 'machine',
  errors: ['not_found', 'ambiguous', 'conflict', 'denied', 'unsupported', 'cancelled', 'failed'],
  examples: [{ title: 'Convert', input: { vm: 'web' }, output: { machine: { ...stopped, template: true } } }],
});

export const vmMigrate = defineTool({
  id: 'vm.migrate',
  cmdlet: 'Move-VmbVM',
  group: 'vm',
  summary: 'Move a machine to another node of its cluster.',
  effect: 'change',
  long: true,
  undo: {
    tool: 'vm.migrate',
    input: {
      vm: '$output.machine.id',
      node: '$before.node',
      online: '$input.online',
      withLocalDisks: '$input.withLocalDisks',
    },
  },
  input: z.strictObject({
    vm: machineReference,
    node: nodeName,
    online: z.boolean().default(false).describe('While it runs; a container is restarted on the way.'),
    withLocalDisks: z.boolean().default(false).describe('Also disks that only its present node has.'),
    targetStorage: storageName.optional().describe('For its disks. Default: storages of the same names.'),
  }),
  output: z.strictObject({ machine, warnings: z.array(z.string()).optional() }),
  main: 'machine',
  errors: ['not_found', 'ambiguous', 'conflict', 'denied', 'unsupported', 'cancelled', 'failed'],
  examples: [
    {
      title: 'While it runs',
      input: { vm: 'web', node: 'pve2', online: true },
      output: { machine: { ...machineExample, node: 'pve2' } },
    },
  ],
});

export const vmSuspend = defineTool({
  id: 'vm.suspend',
  cmdlet: 'Save-VmbVM',
  group: 'vm',
  summary: 'Write the memory of a running machine to disk and switch it off; a start or resume goes on from there.',
  effect: 'change',
  idempotent: true,
  long: true,
  undo: { tool: 'vm.start', input: { vm: '$output.machine.id' }, when: { before: ['running'] } },
  input: z.strictObject({
    vm: machineReference,
    storage: storageName.optional().describe('For the memory.'),
  }),
  output: z.strictObject({ machine }),
  main: 'machine',
  errors: ['not_found', 'ambiguous', 'conflict', 'denied', 'unsupported', 'cancelled', 'failed'],
  examples: [
    {
      title: 'Save',
      input: { vm: 'web' },
      output: { machine: { ...machineExample, state: 'saved', nativeState: 'suspended' } },
    },
  ],
});
