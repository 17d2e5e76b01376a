import { z } from 'zod';
import { faultReport } from '../model/fault-report.ts';
import { hostReference } from '../model/host.ts';
import { missingPart, searchText } from '../model/inventory.ts';
import { machineKind, machineReference, machineState } from '../model/machine.ts';
import { providerId } from '../model/provider.ts';
import { defineTool } from './define-tool.ts';

const bulkResult = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    outcome: z.enum(['succeeded', 'failed', 'skipped', 'cancelled']),
    fault: faultReport.optional(),
    milliseconds: z.int(),
  })
  .meta({ title: 'BulkResult', columns: ['name', 'outcome', 'milliseconds', 'id', 'fault'] });

export const vmBulk = defineTool({
  id: 'vm.bulk',
  cmdlet: 'Invoke-VmbBulk',
  group: 'vm',
  summary: 'Do the same with every machine that fits: start, stop, restart, pause, resume or checkpoint.',
  description: 'Each machine has its own outcome. More than 100 matches need confirmCount.',
  effect: 'change',
  long: true,
  undo: { irreversible: 'Each machine is undone by its own call, e.g. vm.start after a stop.' },
  input: z.strictObject({
    action: z.enum(['start', 'stop', 'restart', 'pause', 'resume', 'checkpoint']),
    vms: z.array(machineReference).min(1).max(1000).optional().describe('Only these.'),
    provider: providerId.optional(),
    host: hostReference.optional(),
    state: machineState.optional(),
    kind: machineKind.optional(),
    tag: z.string().max(200).optional(),
    name: z.string().max(200).optional().describe('Pattern, as of vm.list.'),
    text: searchText.optional(),
    force: z.boolean().default(false).describe('Of stop and restart.'),
    timeoutSeconds: z.int().min(0).max(3600).optional().describe('Of stop.'),
    checkpoint: z.string().min(1).max(80).optional().describe('Name of the checkpoints.'),
    parallel: z.int().min(1).max(32).default(4),
    stopOnFailure: z.boolean().default(false).describe('Begin with no other once one has failed.'),
    confirmCount: z.int().min(1).optional().describe('How many match.'),
  }),
  output: z.strictObject({
    results: z.array(bulkResult),
    succeeded: z.int(),
    failed: z.int(),
    missing: z.array(missingPart),
  }),
  main: 'results',
  errors: ['invalid', 'not_found', 'ambiguous', 'conflict', 'denied', 'cancelled'],
  examples: [
    {
      title: 'Shut down what is tagged',
      input: { action: 'stop', tag: 'lab', state: 'running' },
      output: {
        results: [{ id: 'proxmox:lab/100', name: 'web', outcome: 'succeeded', milliseconds: 5200 }],
        succeeded: 1,
        failed: 0,
        missing: [],
      },
    },
  ],
});
