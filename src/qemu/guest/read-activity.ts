import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { GuestActivity } from '../guest.ts';
import type { QmpClient } from '../qmp/qmp-client.ts';

const blockStatistics = z.array(
  z.object({
    qdev: z.string().optional(),
    stats: z.object({ rd_bytes: z.number(), wr_bytes: z.number() }),
  }),
);

/** Linux counts in hundredths of a second for programs, whatever the kernel's own clock does. */
const ticksPerSecond = 100;

/** What the machine has read and written on its disks so far, and the processor time of its QEMU. */
export async function readActivity(qmp: QmpClient, pid: number, signal?: AbortSignal): Promise<GuestActivity> {
  const [raw, cpuSeconds] = await Promise.all([qmp.execute('query-blockstats', {}, signal), readCpuSeconds(pid)]);
  const disks = blockStatistics.parse(raw).filter(({ qdev }) => qdev !== undefined && qdev !== '');
  return {
    diskReadBytes: disks.reduce((sum, { stats }) => sum + stats.rd_bytes, 0),
    diskWriteBytes: disks.reduce((sum, { stats }) => sum + stats.wr_bytes, 0),
    cpuSeconds,
  };
}

async function readCpuSeconds(pid: number): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined;
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // After the name: user time is field 14, system time field 15 of the whole line.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return Number.isFinite(ticks) ? ticks / ticksPerSecond : undefined;
}
