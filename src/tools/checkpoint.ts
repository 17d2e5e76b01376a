import { z } from 'zod';
import { checkpoint, checkpointName, checkpointReference } from '../model/checkpoint.ts';
import { machine, machineReference } from '../model/machine.ts';
import { defineTool } from './define-tool.ts';
import { machineExample } from './examples/machine.ts';

const example = { id: 'c1', name: 'before update', createdAt: '2026-03-01T12:00:00.000Z', current: true, memory: true };

export const vmCheckpointList = defineTool({
  id: 'vm.checkpoint.list',
  cmdlet: 'Get-VmbCheckpoint',
  group: 'checkpoint',
  summary: 'List the checkpoints of a machine; "parent" makes them a tree.',
  effect: 'read',
  input: z.strictObject({ vm: machineReference }),
  output: z.strictObject({ checkpoints: z.array(checkpoint) }),
  main: 'checkpoints',
  errors: ['not_found', 'ambiguous', 'unsupported', 'cancelled'],
  examples: [{ title: 'List', input: { vm: 'web' }, output: { checkpoints: [example] } }],
});

export const vmCheckpointCreate = defineTool({
  id: 'vm.checkpoint.create',
  cmdlet: 'New-VmbCheckpoint',
  group: 'checkpoint',
  summary: 'Record the present state of a virtual machine, to return to later.',
  effect: 'create',
  long: true,
  undo: { tool: 'vm.checkpoint.delete', input: { vm: '$before.id', checkpoint: '$output.checkpoint.id' } },
  input: z.strictObject({
    vm: machineReference,
    name: checkpointName.optional().describe('Default: the present time.'),
    disksOnly: z.boolean().default(false).describe('Leave the memory out.'),
  }),
  output: z.strictObject({ checkpoint }),
  main: 'checkpoint',
  errors: ['not_found', 'ambiguous', 'conflict', 'unsupported', 'cancelled', 'failed'],
  examples: [
    { title: 'Before an update', input: { vm: 'web', name: 'before update' }, output: { checkpoint: example } },
  ],
});

export const vmCheckpointRestore = defineTool({
  id: 'vm.checkpoint.restore',
  cmdlet: 'Restore-VmbCheckpoint',
  group: 'checkpoint',
  summary: 'Return a machine to a checkpoint. What happened since is lost.',
  effect: 'destroy',
  long: true,
  undo: { checkpoint: true },
  input: z.strictObject({
    vm: machineReference,
    checkpoint: checkpointReference,
    start: z.boolean().meta({ optIn: true }).default(false).describe('Start it when it has no memory to go on with.'),
  }),
  output: z.strictObject({ machine }),
  main: 'machine',
  errors: ['not_found', 'ambiguous', 'conflict', 'denied', 'approval_required', 'unsupported', 'cancelled', 'failed'],
  examples: [
    { title: 'Return', input: { vm: 'web', checkpoint: 'before update' }, output: { machine: machineExample } },
  ],
});

export const vmCheckpointDelete = defineTool({
  id: 'vm.checkpoint.delete',
  cmdlet: 'Remove-VmbCheckpoint',
  group: 'checkpoint',
  summary: 'Delete one checkpoint; those made upon it stay.',
  effect: 'destroy',
  long: true,
  undo: { irreversible: 'Deleted checkpoints can not be brought back.' },
  input: z.strictObject({ vm: machineReference, checkpoint: checkpointReference }),
  output: z.strictObject({ deleted: z.string().describe('Id of the checkpoint.') }),
  errors: ['not_found', 'ambiguous', 'conflict', 'denied', 'approval_required', 'unsupported', 'cancelled', 'failed'],
  examples: [{ title: 'Delete', input: { vm: 'web', checkpoint: 'c1' }, output: { deleted: 'c1' } }],
});
