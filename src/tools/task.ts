import { z } from 'zod';
import { hostReference } from '../model/host.ts';
import { machineReference } from '../model/machine.ts';
import { task, taskReference } from '../model/task.ts';
import { defineTool } from './define-tool.ts';
import { place } from './fields/place.ts';
import { nodeName } from './fields/placement.ts';

const example = {
  id: 'UPID:pve1:0000A1B2:0012D687:69A42C40:vzdump:100:root@pam:',
  host: 'lab',
  node: 'pve1',
  kind: 'vzdump',
  target: '100',
  user: 'root@pam',
  state: 'succeeded' as const,
  result: 'OK',
  startedAt: '2026-03-01T12:00:00.000Z',
  finishedAt: '2026-03-01T12:05:00.000Z',
};

export const taskList = defineTool({
  id: 'task.list',
  cmdlet: 'Get-VmbTask',
  group: 'task',
  summary: 'List what a host does and did lately, whoever asked for it, newest first.',
  effect: 'read',
  input: z.strictObject({
    ...place,
    node: nodeName.optional(),
    vm: machineReference.optional(),
    kind: z
      .string()
      .regex(/^[a-z]\w{0,39}$/, 'must be a word such as "vzdump"')
      .optional(),
    running: z.boolean().default(false).describe('Only what is not done yet.'),
    failed: z.boolean().default(false).describe('Only what ended with an error.'),
    limit: z.int().min(1).max(500).default(50),
  }),
  output: z.strictObject({
    tasks: z.array(task),
    missing: z.array(z.strictObject({ node: z.string(), reason: z.string() })),
  }),
  main: 'tasks',
  errors: ['not_found', 'ambiguous', 'unavailable', 'unsupported', 'denied', 'cancelled'],
  examples: [{ title: 'The latest', input: { host: 'lab' }, output: { tasks: [example], missing: [] } }],
});

export const taskGet = defineTool({
  id: 'task.get',
  cmdlet: 'Read-VmbTask',
  group: 'task',
  summary: 'Tell how a task of a host stands, with its log.',
  effect: 'read',
  input: z.strictObject({
    host: hostReference.optional(),
    task: taskReference,
    limit: z.int().min(1).max(5000).default(200),
    offset: z.int().min(0).default(0).describe('First line of the log.'),
  }),
  output: z.strictObject({ task, log: z.array(z.string()) }),
  main: 'task',
  errors: ['not_found', 'ambiguous', 'unavailable', 'unsupported', 'denied', 'cancelled'],
  examples: [
    {
      title: 'Look',
      input: { host: 'lab', task: example.id },
      output: { task: example, log: ['INFO: Backup job finished successfully', 'TASK OK'] },
    },
  ],
});

export const taskStop = defineTool({
  id: 'task.stop',
  cmdlet: 'Stop-VmbTask',
  group: 'task',
  summary: 'Stop a running task of a host.',
  effect: 'change',
  mayDestroy: true,
  idempotent: true,
  undo: { irreversible: 'What was stopped has to be started again.' },
  input: z.strictObject({ host: hostReference.optional(), task: taskReference }),
  output: z.strictObject({ task }),
  main: 'task',
  errors: ['not_found', 'ambiguous', 'unavailable', 'unsupported', 'denied', 'timeout', 'cancelled', 'failed'],
  examples: [
    {
      title: 'Stop',
      input: { host: 'lab', task: example.id },
      output: { task: { ...example, state: 'failed', result: 'interrupted by signal' } },
    },
  ],
});
