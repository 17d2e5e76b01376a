import { Fault } from '../../errors/fault.ts';
import type { StatisticsSample } from '../../model/statistics.ts';
import type { GuestRecord } from '../../qemu/guest-records.ts';
import { type ProcessUsage, readProcessUsage } from '../../qemu/stats/process-usage.ts';
import { readDisks } from '../../qemu/stats/read-disks.ts';
import { Sampler } from '../../qemu/stats/sampler.ts';
import { reachGuest } from './reach-guest.ts';
import type { QemuSession } from './session.ts';

/** How long a machine of another process is followed after its series was last asked for, in milliseconds. */
const idleMs = 600_000;

const samplers = new WeakMap<QemuSession, Map<string, Sampler>>();

/**
 * Samples a machine from now on, until it ends; gives the sampler of one that is followed already. Called for each
 * machine that the session keeps, and for any other when its series is asked for.
 */
export function followMachine(session: QemuSession, record: GuestRecord): Sampler {
  const known = samplers.get(session) ?? new Map<string, Sampler>();
  samplers.set(session, known);
  // One run of a machine is not the next one.
  const key = `${record.folder} ${record.startedAt}`;
  const found = known.get(key);
  if (found) {
    found.start();
    return found;
  }
  for (const [other, sampler] of known) if (!sampler.running) known.delete(other);
  const isKept = session.find(record.folder) !== undefined;
  const sampler = new Sampler(createReader(session, record), isKept ? {} : { idleMs });
  known.set(key, sampler);
  sampler.start();
  return sampler;
}

function createReader(session: QemuSession, record: GuestRecord): () => Promise<StatisticsSample | undefined> {
  let last: { usage: ProcessUsage; at: number } | undefined;
  return async () => {
    try {
      const disks = await reachGuest(session, record, AbortSignal.timeout(2000), ({ qmp }) => readDisks(qmp));
      const usage = await readProcessUsage(record.process.pid);
      const at = performance.now();
      const cpuPercent = usage && last && measureShare(last.usage, usage, at - last.at);
      last = usage && { usage, at };
      return {
        at: new Date().toISOString(),
        ...(cpuPercent === undefined ? {} : { cpuPercent }),
        ...(usage === undefined ? {} : { residentBytes: usage.residentBytes }),
        readBytes: disks.reduce((sum, disk) => sum + disk.readBytes, 0),
        writtenBytes: disks.reduce((sum, disk) => sum + disk.writtenBytes, 0),
      };
    } catch (error) {
      if (error instanceof Fault && (error.code === 'not_found' || error.code === 'host_fault')) return undefined;
      throw error;
    }
  };
}

/** Percent of one core. */
export function measureShare(before: ProcessUsage, after: ProcessUsage, milliseconds: number): number {
  const share = (after.cpuSeconds - before.cpuSeconds) / (Math.max(1, milliseconds) / 1000);
  return Math.round(Math.max(0, share) * 1000) / 10;
}
