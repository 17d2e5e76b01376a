import type { Machine } from '../../model/machine.ts';

export const machineExample: Machine = {
  id: 'memory:local/web',
  provider: 'memory',
  host: 'local',
  name: 'web',
  kind: 'vm',
  state: 'running',
  nativeState: 'running',
  cpus: 2,
  memoryBytes: 2 ** 31,
};
