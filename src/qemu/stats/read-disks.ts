import { z } from 'zod';
import type { DiskStatistics } from '../../model/statistics.ts';
import type { QmpClient } from '../qmp/qmp-client.ts';

const blockStatistics = z.array(
  z.object({
    qdev: z.string().optional(),
    'node-name': z.string().optional(),
    stats: z.object({
      rd_bytes: z.number(),
      wr_bytes: z.number(),
      rd_operations: z.number(),
      wr_operations: z.number(),
    }),
  }),
);

/** What the guest has read from and written to each of its drives so far. */
export async function readDisks(qmp: Pick<QmpClient, 'execute'>, signal?: AbortSignal): Promise<DiskStatistics[]> {
  const raw = await qmp.execute('query-blockstats', {}, signal);
  return blockStatistics.parse(raw).flatMap(({ qdev, 'node-name': node, stats }) =>
    // Without a device it is a layer of one, or the firmware's flash.
    qdev === undefined || qdev === ''
      ? []
      : [
          {
            name: node ?? qdev,
            readBytes: stats.rd_bytes,
            writtenBytes: stats.wr_bytes,
            reads: stats.rd_operations,
            writes: stats.wr_operations,
          },
        ],
  );
}
