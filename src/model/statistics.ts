import { z } from 'zod';
import { byteCount, seconds, timestamp } from './primitives.ts';

const count = z.int().min(0);

export const diskStatistics = z
  .strictObject({
    name: z.string().describe("QEMU's name of the disk's device."),
    readBytes: byteCount,
    writtenBytes: byteCount,
    reads: count,
    writes: count,
  })
  .meta({ title: 'DiskStatistics', columns: ['name', 'readBytes', 'writtenBytes', 'reads', 'writes'] });
export type DiskStatistics = z.infer<typeof diskStatistics>;

export const networkStatistics = z
  .strictObject({
    name: z.string().describe("The guest's name of the card."),
    receivedBytes: byteCount,
    sentBytes: byteCount,
    addresses: z.array(z.string()).describe('Its IP addresses.'),
  })
  .meta({ title: 'NetworkStatistics', columns: ['name', 'receivedBytes', 'sentBytes', 'addresses'] });
export type NetworkStatistics = z.infer<typeof networkStatistics>;

/** What a machine uses at one moment. Counters run from its start. What the host or the guest does not tell is absent. */
export const machineStatistics = z
  .strictObject({
    at: timestamp,
    cpuPercent: z.number().min(0).optional().describe('100 is one core of this host, busy all the time.'),
    cpuSeconds: seconds.optional().describe('Processor time that its process has used.'),
    residentBytes: byteCount.optional().describe('Memory of this host that its process holds.'),
    memoryBytes: byteCount.optional().describe('Memory that the guest has.'),
    guestFreeBytes: byteCount.optional().describe('Memory that the guest says is available.'),
    disks: z.array(diskStatistics),
    uptimeSeconds: seconds.describe('Since the machine was started.'),
    guestUptimeSeconds: seconds.optional().describe('Since the kernel of the guest was started.'),
    networks: z.array(networkStatistics).optional(),
  })
  .meta({
    title: 'MachineStatistics',
    columns: ['at', 'cpuPercent', 'cpuSeconds', 'residentBytes', 'memoryBytes', 'uptimeSeconds'],
  });
export type MachineStatistics = z.infer<typeof machineStatistics>;

/** One moment of a series: totals only, so that ten minutes of them stay small. */
export const statisticsSample = z
  .strictObject({
    at: timestamp,
    cpuPercent: z.number().min(0).optional(),
    residentBytes: byteCount.optional(),
    readBytes: byteCount,
    writtenBytes: byteCount,
  })
  .meta({ title: 'StatisticsSample', columns: ['at', 'cpuPercent', 'residentBytes', 'readBytes', 'writtenBytes'] });
export type StatisticsSample = z.infer<typeof statisticsSample>;
