import { z } from 'zod';
import { hardware } from '../model/hardware.ts';
import { hostReference } from '../model/host.ts';
import { firmware } from '../model/image.ts';
import { listedMachine, machineField, missingPart, searchText, sortOrder } from '../model/inventory.ts';
import { machine, machineKind, machineName, machineReference, machineState } from '../model/machine.ts';
import { machineAdapter, machineDisk, machineSettingValues, pendingChange } from '../model/machine-parts.ts';
import { networkReference } from '../model/network.ts';
import { byteCount } from '../model/primitives.ts';
import { providerId } from '../model/provider.ts';
import { defineTool } from './define-tool.ts';
import { machineExample } from './examples/machine.ts';
import { imagePath, sourceFormat } from './fields/image-path.ts';
import { machineSettings } from './fields/machine-settings.ts';
import { creationFields } from './fields/placement.ts';

const stopped = { ...machineExample, state: 'stopped' as const, nativeState: 'off' };

export const vmList = defineTool({
  id: 'vm.list',
  cmdlet: 'Get-VmbVM',
  group: 'vm',
  summary: 'List the machines of every provider.',
  description:
    'Asks all providers and hosts at once, each with a deadline; "missing" names those that did not answer, and why. Their last known machines stand in, with ageSeconds.',
  effect: 'read',
  input: z.strictObject({
    provider: providerId.optional().describe('Only this provider, e.g. "qemu".'),
    host: hostReference.optional(),
    state: machineState.optional(),
    kind: machineKind.optional(),
    tag: z.string().max(200).optional(),
    name: z.string().max(200).optional().describe('Pattern for the name; * and ? are wildcards, case does not matter.'),
    text: searchText.optional().describe('Found in the name, id, tags, node or image.'),
    sort: sortOrder.optional().describe('Field, e.g. "name"; "-name" for descending. Default: by id.'),
    fields: z.array(machineField).max(50).optional().describe('Only these, and the id.'),
    limit: z.int().min(1).max(1000).default(100),
    offset: z.int().min(0).default(0),
  }),
  output: z.strictObject({
    machines: z.array(listedMachine),
    total: z.int().describe('Number of matches, whatever the limit.'),
    missing: z.array(missingPart),
  }),
  main: 'machines',
  errors: ['invalid', 'not_found', 'cancelled'],
  examples: [
    {
      title: 'All running machines',
      input: { state: 'running' },
      output: { machines: [machineExample], total: 1, missing: [] },
    },
  ],
});

export const vmGet = defineTool({
  id: 'vm.get',
  cmdlet: 'Get-VmbVM',
  group: 'vm',
  summary: 'Tell the present state of one machine.',
  effect: 'read',
  input: z.strictObject({ vm: machineReference }),
  output: z.strictObject({
    machine,
    hardware: hardware.optional(),
    disks: z.array(machineDisk).optional(),
    adapters: z.array(machineAdapter).optional(),
    settings: machineSettingValues.optional().describe("The provider's own configuration, without secrets."),
    pending: z.array(pendingChange).optional(),
  }),
  main: 'machine',
  errors: ['not_found', 'ambiguous', 'unavailable', 'cancelled'],
  examples: [{ title: 'By name', input: { vm: 'web' }, output: { machine: machineExample } }],
});

export const vmCreate = defineTool({
  id: 'vm.create',
  cmdlet: 'New-VmbVM',
  group: 'vm',
  summary: 'Create a virtual machine.',
  effect: 'create',
  long: true,
  undo: { tool: 'vm.delete', input: { vm: '$output.machine.id' } },
  input: z.strictObject({
    provider: providerId.optional().describe('Where; may be left out when one provider can do it.'),
    host: hostReference.optional(),
    name: machineName,
    cpus: z.int().min(1).max(256).default(2),
    memoryBytes: byteCount.min(64 * 2 ** 20).default(2 ** 31),
    network: networkReference.optional().describe('Name or id of the network to attach to; see network.list.'),
    image: imagePath.optional().describe('Disk image whose content the disk gets.'),
    format: sourceFormat,
    linked: z
      .boolean()
      .default(false)
      .describe('Stand on the image, which must then stay as it is, instead of copying it.'),
    diskBytes: byteCount
      .min(2 ** 20)
      .optional()
      .describe('Size of the disk. Default: that of the image, else 20 GiB.'),
    iso: imagePath.optional().describe('Disc for the drive, e.g. an installer.'),
    firmware: z.enum(['auto', ...firmware.options]).default('auto'),
    bus: z.enum(['ahci', 'nvme', 'ide', 'virtio']).default('ahci').describe('How the disk is attached.'),
    ...machineSettings,
    ...creationFields,
  }),
  output: z.strictObject({ machine, warnings: z.array(z.string()).optional() }),
  main: 'machine',
  errors: ['conflict', 'invalid', 'not_found', 'denied', 'unsupported', 'host_fault', 'cancelled', 'failed'],
  examples: [
    { title: 'A small machine', input: { name: 'web', provider: 'memory' }, output: { machine: stopped } },
    {
      title: 'From a backup, with a way in over SSH',
      input: { name: 'web', image: '/backups/web.vhdx', forwards: [{ hostPort: 2222, guestPort: 22 }] },
      output: { machine: stopped },
    },
  ],
});

export const vmStart = defineTool({
  id: 'vm.start',
  cmdlet: 'Start-VmbVM',
  group: 'vm',
  summary: 'Start a machine; one that runs already stays as it is.',
  effect: 'change',
  idempotent: true,
  long: true,
  undo: { tool: 'vm.stop', input: { vm: '$output.machine.id' }, when: { before: ['stopped', 'saved'] } },
  input: z.strictObject({
    vm: machineReference,
    outlive: z.boolean().default(false).describe('Let it go on when this server ends.'),
  }),
  output: z.strictObject({ machine, warnings: z.array(z.string()).optional() }),
  main: 'machine',
  errors: ['not_found', 'ambiguous', 'conflict', 'busy', 'unsupported', 'host_fault', 'cancelled', 'failed'],
  examples: [{ title: 'Start by id', input: { vm: 'memory:local/web' }, output: { machine: machineExample } }],
});

export const vmStop = defineTool({
  id: 'vm.stop',
  cmdlet: 'Stop-VmbVM',
  group: 'vm',
  summary: 'Stop a machine: ask the guest first, then switch it off.',
  description:
    'The guest is asked to shut down and has timeoutSeconds for it; then power is cut. With force it is cut at once.',
  effect: 'change',
  idempotent: true,
  long: true,
  undo: {
    tool: 'vm.start',
    input: { vm: '$output.machine.id' },
    when: { before: ['running'] },
    loses: 'What ran in it starts anew.',
  },
  input: z.strictObject({
    vm: machineReference,
    force: z.boolean().default(false).describe('Cut the power without asking the guest.'),
    timeoutSeconds: z.int().min(0).max(3600).default(60).describe('How long the guest may take.'),
  }),
  output: z.strictObject({
    machine,
    method: z.enum(['guest', 'quit', 'kill', 'already']).describe('What ended it.'),
  }),
  main: 'machine',
  errors: ['not_found', 'ambiguous', 'unsupported', 'busy', 'timeout', 'host_fault', 'cancelled', 'failed'],
  examples: [{ title: 'Shut down', input: { vm: 'web' }, output: { machine: stopped, method: 'guest' } }],
});

export const vmRestart = defineTool({
  id: 'vm.restart',
  cmdlet: 'Restart-VmbVM',
  group: 'vm',
  summary: 'Restart a running machine.',
  effect: 'change',
  long: true,
  undo: { irreversible: 'What ran in it has ended.' },
  input: z.strictObject({
    vm: machineReference,
    force: z.boolean().default(false).describe('Reset without asking the guest.'),
  }),
  output: z.strictObject({ machine }),
  main: 'machine',
  errors: ['not_found', 'ambiguous', 'conflict', 'unsupported', 'busy', 'timeout', 'host_fault', 'cancelled', 'failed'],
  examples: [{ title: 'Restart', input: { vm: 'web' }, output: { machine: machineExample } }],
});

export const vmPause = defineTool({
  id: 'vm.pause',
  cmdlet: 'Suspend-VmbVM',
  group: 'vm',
  summary: 'Freeze a running machine in memory.',
  effect: 'change',
  idempotent: true,
  undo: { tool: 'vm.resume', input: { vm: '$output.machine.id' }, when: { before: ['running'] } },
  input: z.strictObject({ vm: machineReference }),
  output: z.strictObject({ machine }),
  main: 'machine',
  errors: ['not_found', 'ambiguous', 'conflict', 'unsupported', 'busy', 'host_fault', 'cancelled', 'failed'],
  examples: [
    {
      title: 'Pause',
      input: { vm: 'web' },
      output: { machine: { ...machineExample, state: 'paused', nativeState: 'paused' } },
    },
  ],
});

export const vmResume = defineTool({
  id: 'vm.resume',
  cmdlet: 'Resume-VmbVM',
  group: 'vm',
  summary: 'Let a paused machine go on.',
  effect: 'change',
  idempotent: true,
  undo: { tool: 'vm.pause', input: { vm: '$output.machine.id' }, when: { before: ['paused'] } },
  input: z.strictObject({ vm: machineReference }),
  output: z.strictObject({ machine }),
  main: 'machine',
  errors: ['not_found', 'ambiguous', 'conflict', 'unsupported', 'busy', 'host_fault', 'cancelled', 'failed'],
  examples: [{ title: 'Go on', input: { vm: 'web' }, output: { machine: machineExample } }],
});

export const vmDelete = defineTool({
  id: 'vm.delete',
  cmdlet: 'Remove-VmbVM',
  group: 'vm',
  summary: 'Delete a stopped machine with its checkpoints. Cannot be undone.',
  effect: 'destroy',
  long: true,
  undo: { irreversible: 'Deleted machines can not be brought back.' },
  input: z.strictObject({
    vm: machineReference,
    purge: z.boolean().meta({ optIn: true }).default(false).describe('Also from backup and replication jobs and HA.'),
    unreferencedDisks: z.boolean().meta({ optIn: true }).default(false).describe('Also disks that it does not use.'),
  }),
  output: z.strictObject({ deleted: z.string().describe('Id of the machine.') }),
  errors: [
    'not_found',
    'ambiguous',
    'conflict',
    'busy',
    'host_fault',
    'denied',
    'approval_required',
    'unsupported',
    'cancelled',
    'failed',
  ],
  examples: [{ title: 'Delete', input: { vm: 'memory:local/web' }, output: { deleted: 'memory:local/web' } }],
});
