import { z } from 'zod';
import { operationId, operationReport, operationState, operationSummary } from '../model/operation.ts';
import { undoHandle } from '../model/undo.ts';
import { defineTool } from './define-tool.ts';

const summary = {
  id: 'op-k3v9x2m1',
  tool: 'image.prove',
  state: 'running' as const,
  startedAt: '2026-03-01T12:00:00.000Z',
  fraction: 0.4,
  message: 'kernel is starting',
};
const report = { ...summary, processId: 4711 };

export const operationList = defineTool({
  id: 'operation.list',
  cmdlet: 'Get-VmbOperation',
  group: 'operation',
  summary: 'List running and recent operations, newest first.',
  effect: 'read',
  input: z.strictObject({ state: operationState.optional(), limit: z.int().min(1).max(200).default(50) }),
  output: z.strictObject({ operations: z.array(operationSummary) }),
  main: 'operations',
  errors: ['cancelled'],
  examples: [{ title: 'What runs now', input: { state: 'running' }, output: { operations: [summary] } }],
});

export const operationGet = defineTool({
  id: 'operation.get',
  cmdlet: 'Get-VmbOperation',
  group: 'operation',
  summary: 'Tell how far an operation is, with its result or fault once it ended.',
  effect: 'read',
  input: z.strictObject({ operation: operationId }),
  output: z.strictObject({ operation: operationReport }),
  main: 'operation',
  errors: ['not_found', 'cancelled'],
  examples: [{ title: 'Look', input: { operation: 'op-k3v9x2m1' }, output: { operation: report } }],
});

export const operationWait = defineTool({
  id: 'operation.wait',
  cmdlet: 'Wait-VmbOperation',
  group: 'operation',
  summary: 'Wait until an operation ends, or for a while, and tell how it stands.',
  description: 'Giving up on this call does not stop the operation.',
  effect: 'read',
  input: z.strictObject({
    operation: operationId,
    seconds: z.number().min(0).max(3600).default(45).describe('Longest wait.'),
  }),
  output: z.strictObject({ operation: operationReport }),
  main: 'operation',
  errors: ['not_found', 'cancelled'],
  examples: [
    { title: 'Wait a minute', input: { operation: 'op-k3v9x2m1', seconds: 60 }, output: { operation: report } },
  ],
});

export const operationCancel = defineTool({
  id: 'operation.cancel',
  cmdlet: 'Stop-VmbOperation',
  group: 'operation',
  summary: 'Cancel an operation and wait until it has cleaned up.',
  effect: 'change',
  idempotent: true,
  undo: { irreversible: 'Start it again with its own tool.' },
  input: z.strictObject({ operation: operationId }),
  output: z.strictObject({ operation: operationReport }),
  main: 'operation',
  errors: ['not_found', 'conflict', 'timeout', 'cancelled'],
  examples: [
    { title: 'Cancel', input: { operation: 'op-k3v9x2m1' }, output: { operation: { ...report, state: 'cancelled' } } },
  ],
});

export const operationUndo = defineTool({
  id: 'operation.undo',
  cmdlet: 'Undo-VmbOperation',
  group: 'operation',
  summary: 'Undo one change by the handle that it answered with.',
  description: 'Refused when the machine has changed since.',
  effect: 'change',
  mayDestroy: true,
  long: true,
  undo: { irreversible: 'Make the first call again.' },
  input: z.strictObject({ handle: undoHandle }),
  output: z
    .strictObject({
      undone: z.string().describe('The tool that had made the change.'),
      by: z.string().describe('The tool that undid it.'),
      result: z.record(z.string(), z.unknown()).describe('Its answer.'),
    })
    .meta({ title: 'Undone', columns: ['undone', 'by'] }),
  errors: ['not_found', 'conflict', 'denied', 'unsupported', 'cancelled', 'failed'],
  examples: [
    {
      title: 'Undo a start',
      input: { handle: 'un-k3v9x2m1pq' },
      output: { undone: 'vm.start', by: 'vm.stop', result: { method: 'guest' } },
    },
  ],
});
