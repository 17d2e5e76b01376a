import { z } from 'zod';
import { machineReference } from '../model/machine.ts';
import { machineStatistics, statisticsSample } from '../model/statistics.ts';
import { defineTool } from './define-tool.ts';

export const vmStats = defineTool({
  id: 'vm.stats',
  cmdlet: 'Measure-VmbVM',
  group: 'vm',
  summary: 'Tell what a running machine uses: processor, memory, disks and network.',
  description:
    'Takes half a second. A series is taken by this process: of a machine that it keeps from its start, of another since it was first asked for, and until ten minutes after it was last asked for.',
  effect: 'read',
  input: z.strictObject({
    vm: machineReference,
    series: z.boolean().default(false).describe('Also the last ten minutes, a sample every 2 s.'),
  }),
  output: z.strictObject({
    live: machineStatistics,
    series: z
      .strictObject({ intervalSeconds: z.number(), samples: z.array(statisticsSample).describe('Oldest first.') })
      .optional(),
    missing: z
      .array(z.strictObject({ what: z.string(), reason: z.string() }))
      .describe('What could not be told, and why.'),
  }),
  main: 'live',
  errors: ['not_found', 'ambiguous', 'conflict', 'busy'],
  examples: [
    {
      title: 'Of now',
      input: { vm: 'web' },
      output: {
        live: {
          at: '2026-03-01T12:00:00.000Z',
          cpuPercent: 12.5,
          cpuSeconds: 31.2,
          residentBytes: 412_000_000,
          memoryBytes: 2 ** 31,
          disks: [{ name: 'disk', readBytes: 104_857_600, writtenBytes: 2_097_152, reads: 3120, writes: 212 }],
          uptimeSeconds: 93.1,
          networks: [{ name: 'eth0', receivedBytes: 10_240, sentBytes: 4096, addresses: ['10.0.2.15'] }],
        },
        missing: [],
      },
    },
  ],
});
