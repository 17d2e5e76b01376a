import { readFileSync } from 'node:fs';
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
  const raw = await qmp.execute('query-blockstats', {}, signal);
  const cpuSeconds = readCpuSeconds(pid);
  const disks = blockStatistics.parse(raw).filter(({ qdev }) => qdev !== undefined && qdev !== '');
  return {
    diskReadBytes: disks.reduce((sum, { stats }) => sum + stats.rd_bytes, 0),
    diskWriteBytes: disks.reduce((sum, { stats }) => sum + stats.wr_bytes, 0),
    cpuSeconds,
  };
}

function readCpuSeconds(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const text = readProcessStatus(pid);
  // After the name: user time is field 14, system time field 15 of the whole line.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return Number.isFinite(ticks) ? ticks / ticksPerSecond : undefined;
}

/** At once: the kernel has it at hand, and asked several times a second it costs a tenth of what waiting for it does. */
function readProcessStatus(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}
