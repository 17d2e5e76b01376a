import { z } from 'zod';
import { machine, machineName, machineReference } from '../model/machine.ts';
import { byteCount } from '../model/primitives.ts';
import { defineTool } from './define-tool.ts';
import { machineExample } from './examples/machine.ts';
import { hostPath, newPath } from './fields/image-path.ts';

const warnings = z.array(z.string());

export const vmExport = defineTool({
  id: 'vm.export',
  cmdlet: 'Export-VmbVM',
  group: 'vm',
  summary: 'Write a stopped machine into a new folder, to be moved or kept.',
  description:
    'Each disk becomes one qcow2 with its present content and a SHA-256. Checkpoints, the disc and what belongs to this host stay behind, said in warnings.',
  effect: 'create',
  long: true,
  undo: { irreversible: 'It made something new, which can be removed by hand.' },
  input: z.strictObject({
    vm: machineReference,
    target: newPath.describe('Path of the new folder.'),
    compressed: z.boolean().default(false),
  }),
  output: z
    .strictObject({ path: z.string(), bytes: byteCount.describe('Size of all files.'), warnings })
    .meta({ title: 'MachineExport', columns: ['path', 'bytes'] }),
  errors: ['not_found', 'ambiguous', 'conflict', 'busy', 'denied', 'invalid', 'unsupported', 'host_fault', 'failed'],
  examples: [
    {
      title: 'Before a move',
      input: { vm: 'web', target: '/exports/web' },
      output: { path: '/exports/web', bytes: 1_377_828_864, warnings: [] },
    },
  ],
});

export const vmImport = defineTool({
  id: 'vm.import',
  cmdlet: 'Import-VmbVM',
  group: 'vm',
  summary: 'Make a machine from a folder of vm.export, which is checked and stays as it is.',
  effect: 'create',
  long: true,
  undo: { tool: 'vm.delete', input: { vm: '$output.machine.id' } },
  input: z.strictObject({
    source: hostPath.meta({ refersTo: 'folder' }).describe('The folder.'),
    name: machineName.optional().describe('Default: the name it had.'),
  }),
  output: z.strictObject({ machine, warnings }),
  main: 'machine',
  errors: ['not_found', 'conflict', 'unavailable', 'denied', 'invalid', 'unsupported', 'host_fault', 'failed'],
  examples: [
    {
      title: 'Under another name',
      input: { source: '/exports/web', name: 'web2' },
      output: {
        machine: {
          ...machineExample,
          id: 'qemu:local/web2',
          provider: 'qemu',
          name: 'web2',
          state: 'stopped',
          nativeState: 'off',
        },
        warnings: [],
      },
    },
  ],
});
