import type { Operation } from '../define-provider.ts';
import { sufferPresetFault } from './pretend/preset-faults.ts';
import type { MemorySession } from './session.ts';

/** What the computer is said to have on which the pretend machines run. */
const size = { cpus: 16, memoryBytes: 64 * 2 ** 30, diskBytes: 2 ** 40 };

export const listNodes: Operation<MemorySession, 'node.list'> = async (session, _input, { signal }) => {
  await sufferPresetFault(session, 'node.list', undefined, signal);
  const { machines } = await session.store.read(signal);
  const live = machines.filter(({ state }) => state === 'running' || state === 'paused');
  const used = live.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
  const busy = live.reduce((sum, { cpus }) => sum + cpus, 0);
  return {
    nodes: [
      {
        provider: 'memory',
        host: 'local',
        name: 'pretend',
        state: 'online',
        ...size,
        cpuUsage: Math.min(1, busy / size.cpus / 10),
        memoryUsedBytes: Math.min(size.memoryBytes, used),
        diskUsedBytes: Math.min(size.diskBytes, machines.length * 2 ** 33),
        uptimeSeconds: 86_400,
      },
    ],
  };
};
