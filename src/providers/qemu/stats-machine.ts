import { setTimeout as delay } from 'node:timers/promises';
import type { ToolInput, ToolOutput } from '../../catalog/types.ts';
import { cancelledFault, Fault } from '../../errors/fault.ts';
import type { CallContext } from '../../model/call.ts';
import type { MachineStatistics } from '../../model/statistics.ts';
import type { GuestRecord } from '../../qemu/guest-records.ts';
import { readProcessUsage } from '../../qemu/stats/process-usage.ts';
import { readGuestMemory } from '../../qemu/stats/read-balloon.ts';
import { readDisks } from '../../qemu/stats/read-disks.ts';
import { readGuestUptime, readNetworks } from '../../qemu/stats/read-guest-figures.ts';
import { findRecord } from './present-machine.ts';
import { agentOf } from './reach-agent.ts';
import { reachGuest } from './reach-guest.ts';
import type { QemuSession } from './session.ts';
import { followMachine, measureShare } from './stats-series.ts';

/** Over what the processor is measured, in milliseconds. */
const measureMs = 500;
/** A guest that does not answer at once is not waited for. */
const agentMs = 1500;

type Missing = ToolOutput<'vm.stats'>['missing'];

export async function statsMachine(
  session: QemuSession,
  { vm, series }: ToolInput<'vm.stats'>,
  call: CallContext,
): Promise<ToolOutput<'vm.stats'>> {
  const record = await findRecord(session, vm);
  const missing: Missing = [];
  const sampler = series ? followMachine(session, record) : undefined;
  const live = await readLive(session, record, missing, call.signal);
  return {
    live,
    ...(sampler === undefined
      ? {}
      : { series: { intervalSeconds: sampler.intervalMs / 1000, samples: sampler.list() } }),
    missing,
  };
}

async function readLive(
  session: QemuSession,
  record: GuestRecord,
  missing: Missing,
  signal: AbortSignal,
): Promise<MachineStatistics> {
  const started = performance.now();
  const before = await readProcessUsage(record.process.pid);
  const [machine, guest] = await Promise.all([
    reachGuest(session, record, signal, async ({ qmp }) => ({
      disks: await readDisks(qmp, signal),
      memory: await readGuestMemory(qmp, signal),
    })),
    askGuest(session, record, missing, signal),
  ]);
  await delay(Math.max(0, measureMs - (performance.now() - started)), undefined, { signal }).catch(() => {
    throw cancelledFault(signal, 'Measuring the machine');
  });
  const after = await readProcessUsage(record.process.pid);
  if (!before || !after) missing.push({ what: 'cpu', reason: 'Only Linux tells what a process uses.' });
  const { memoryBytes, freeBytes } = machine.memory;
  return {
    at: new Date().toISOString(),
    ...(before && after && { cpuPercent: measureShare(before, after, performance.now() - started) }),
    ...(after && { cpuSeconds: after.cpuSeconds, residentBytes: after.residentBytes }),
    ...(memoryBytes !== undefined && { memoryBytes }),
    ...(freeBytes !== undefined && { guestFreeBytes: freeBytes }),
    disks: machine.disks,
    uptimeSeconds: Math.max(0, (Date.now() - Date.parse(record.startedAt)) / 1000),
    ...guest,
  };
}

/** What only the guest knows. Without an agent it is missing, and nothing waits for it. */
async function askGuest(
  session: QemuSession,
  record: GuestRecord,
  missing: Missing,
  signal: AbortSignal,
): Promise<Pick<MachineStatistics, 'networks' | 'guestUptimeSeconds'>> {
  const limits = { signal, timeoutMs: agentMs };
  try {
    return await agentOf(session, record)(
      async agent => {
        const uptime = await readGuestUptime(agent, limits);
        const networks = await readNetworks(agent, limits);
        return { networks, ...(uptime !== undefined && { guestUptimeSeconds: uptime }) };
      },
      { signal, answerMs: agentMs, turnMs: agentMs },
    );
  } catch (error) {
    if (signal.aborted) throw cancelledFault(signal, 'Measuring the machine');
    if (!(error instanceof Fault)) throw error;
    missing.push({ what: 'networks', reason: error.message });
    return {};
  }
}
