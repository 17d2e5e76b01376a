import { z } from 'zod';
import { node } from '../model/node.ts';
import { defineTool } from './define-tool.ts';
import { place } from './fields/place.ts';

export const nodeList = defineTool({
  id: 'node.list',
  cmdlet: 'Get-VmbNode',
  group: 'node',
  summary: 'List the computers of a host with their processors, memory and use.',
  effect: 'read',
  input: z.strictObject({
    ...place,
    detailed: z.boolean().meta({ optIn: true }).default(false).describe('Ask each for version and load too.'),
  }),
  output: z.strictObject({ nodes: z.array(node) }),
  main: 'nodes',
  errors: ['not_found', 'ambiguous', 'unavailable', 'unsupported', 'denied', 'cancelled'],
  examples: [
    {
      title: 'The nodes of a cluster',
      input: { host: 'lab' },
      output: {
        nodes: [
          {
            provider: 'proxmox',
            host: 'lab',
            name: 'pve1',
            state: 'online',
            cpus: 16,
            cpuUsage: 0.07,
            memoryBytes: 68_719_476_736,
            memoryUsedBytes: 21_474_836_480,
            diskBytes: 107_374_182_400,
            diskUsedBytes: 8_589_934_592,
            uptimeSeconds: 86_400,
          },
        ],
      },
    },
  ],
});
