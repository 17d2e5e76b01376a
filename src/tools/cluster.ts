import { z } from 'zod';
import { cluster } from '../model/cluster.ts';
import { defineTool } from './define-tool.ts';
import { place } from './fields/place.ts';

export const clusterStatus = defineTool({
  id: 'cluster.status',
  cmdlet: 'Get-VmbCluster',
  group: 'cluster',
  summary: 'Tell whether a cluster has quorum, its nodes, and what its high availability does.',
  effect: 'read',
  input: z.strictObject(place),
  output: z.strictObject({ cluster }),
  main: 'cluster',
  errors: ['not_found', 'ambiguous', 'unavailable', 'unsupported', 'denied', 'cancelled'],
  examples: [
    {
      title: 'Look',
      input: { host: 'lab' },
      output: {
        cluster: {
          host: 'lab',
          name: 'lab',
          quorate: true,
          nodes: [{ name: 'pve1', online: true, local: true, address: '192.0.2.11', id: 1 }],
          highAvailability: [{ id: 'quorum', kind: 'quorum', node: 'pve1', status: 'OK' }],
        },
      },
    },
  ],
});
