import type { DiskStatistics, MachineStatistics, NetworkStatistics } from '../../../model/statistics.ts';
import type { Operation } from '../../define-provider.ts';
import { countOf, isRecord, numberOf, type ReplyRecord } from '../reply-values.ts';
import type { ProxmoxSession } from '../session.ts';
import { readMachine } from './read-machine.ts';
import { refuseStopped } from './refusals.ts';
import { readSeries, seriesIntervalSeconds } from './stats-series.ts';

/** As the host measures it: the processor over the last seconds, the rest since the machine was started. */
export const statsMachine: Operation<ProxmoxSession, 'vm.stats'> = async (session, { vm, series }, { signal }) => {
  const now = await readMachine(session, vm, signal);
  refuseStopped(now, 'measured');
  const { status, guest } = now;
  const disks = disksOf(status);
  return {
    live: liveOf(status, disks),
    ...(series
      ? { series: { intervalSeconds: seriesIntervalSeconds, samples: await readSeries(session, guest, signal) } }
      : {}),
    missing:
      disks.length > 0
        ? []
        : [{ what: 'disks', reason: 'The host does not count the reads and writes of this machine.' }],
  };
};

function liveOf(status: ReplyRecord, disks: DiskStatistics[]): MachineStatistics {
  const share = numberOf(status.cpu);
  const cpus = numberOf(status.cpus) ?? 1;
  const residentBytes = countOf(status.memhost ?? status.mem);
  const memoryBytes = countOf(status.maxmem);
  const guestFreeBytes = countOf(isRecord(status.ballooninfo) ? status.ballooninfo.free_mem : status.freemem);
  return {
    at: new Date().toISOString(),
    ...(share === undefined || share < 0 ? {} : { cpuPercent: share * cpus * 100 }),
    ...(residentBytes === undefined ? {} : { residentBytes }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...(guestFreeBytes === undefined ? {} : { guestFreeBytes }),
    disks,
    uptimeSeconds: Math.max(0, numberOf(status.uptime) ?? 0),
    networks: networksOf(status),
  };
}

/** {"blockstat":{"scsi0":{"rd_bytes":1,"wr_bytes":2,"rd_operations":3,"wr_operations":4}}}, of virtual machines */
function disksOf({ blockstat }: ReplyRecord): DiskStatistics[] {
  if (!isRecord(blockstat)) return [];
  return Object.entries(blockstat).flatMap(([name, figures]) =>
    isRecord(figures)
      ? [
          {
            name,
            readBytes: countOf(figures.rd_bytes) ?? 0,
            writtenBytes: countOf(figures.wr_bytes) ?? 0,
            reads: countOf(figures.rd_operations) ?? 0,
            writes: countOf(figures.wr_operations) ?? 0,
          },
        ]
      : [],
  );
}

/** {"nics":{"tap100i0":{"netin":"1","netout":"2"}},"netin":1,"netout":2}; containers tell the sums alone. */
function networksOf({ nics, netin, netout }: ReplyRecord): NetworkStatistics[] {
  const rows: [string, ReplyRecord][] = isRecord(nics)
    ? Object.entries(nics).flatMap(([name, figures]): [string, ReplyRecord][] =>
        isRecord(figures) ? [[name, figures]] : [],
      )
    : [];
  const found =
    rows.length > 0 ? rows : netin === undefined ? [] : [['all', { netin, netout }] as [string, ReplyRecord]];
  return found.map(([name, figures]) => ({
    name,
    receivedBytes: countOf(figures.netin) ?? 0,
    sentBytes: countOf(figures.netout) ?? 0,
    addresses: [],
  }));
}
