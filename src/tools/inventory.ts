import { z } from 'zod';
import { inventoryConflict, unseenMachines } from '../model/conflict.ts';
import { missingPart } from '../model/inventory.ts';
import { resourceSummary } from '../model/resource.ts';
import { defineTool } from './define-tool.ts';
import { place } from './fields/place.ts';

export const inventoryConflicts = defineTool({
  id: 'inventory.conflicts',
  cmdlet: 'Get-VmbConflict',
  group: 'inventory',
  summary: 'Find disks with two owners, duplicate addresses, names and UUIDs, and hypervisors that exclude each other.',
  effect: 'read',
  input: z.strictObject({
    ...place,
    limit: z
      .int()
      .min(1)
      .max(10_000)
      .default(500)
      .describe('Most machines of a host whose disks and addresses are looked at.'),
  }),
  output: z.strictObject({
    conflicts: z.array(inventoryConflict),
    checked: z.int().describe('Machines whose disks and addresses were looked at.'),
    unseen: z.array(unseenMachines),
    missing: z.array(missingPart),
  }),
  main: 'conflicts',
  errors: ['not_found', 'cancelled'],
  examples: [
    {
      title: 'Look everywhere',
      input: {},
      output: {
        conflicts: [
          {
            kind: 'disk',
            severity: 'error',
            what: '/machines/web/disk.qcow2',
            machines: ['qemu:local/web', 'vmware:local/web'],
            reason: 'Two machines write to this disk.',
            remedy: 'Give one of them a copy before both are started.',
          },
        ],
        checked: 12,
        unseen: [],
        missing: [],
      },
    },
  ],
});

export const summarizeResources = defineTool({
  id: 'resource.summary',
  cmdlet: 'Measure-VmbResource',
  group: 'inventory',
  summary: 'Add up processors, memory, storage and machines: of all, of each provider, and of each host.',
  effect: 'read',
  input: z.strictObject({ ...place }),
  output: z.strictObject({
    summaries: z.array(resourceSummary).describe('The overall one first.'),
    missing: z.array(missingPart).describe('What the sums lack.'),
  }),
  main: 'summaries',
  errors: ['not_found', 'cancelled'],
  examples: [
    {
      title: 'Of one host',
      input: { host: 'lab' },
      output: {
        summaries: [
          {
            scope: 'overall',
            machines: 12,
            running: 7,
            states: { running: 7, stopped: 5 },
            kinds: { vm: 10, container: 2 },
            templates: 1,
            nodes: 2,
            cpus: 32,
            cpusUsed: 3.4,
            cpusAllotted: 22,
            memoryBytes: 137_438_953_472,
            memoryUsedBytes: 51_539_607_552,
            memoryFreeBytes: 85_899_345_920,
            memoryAllottedBytes: 60_129_542_144,
          },
        ],
        missing: [],
      },
    },
  ],
});
