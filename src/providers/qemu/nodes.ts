import { statfs } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Node } from '../../model/node.ts';
import type { QemuSession } from './session.ts';

/** This machine, as what runs machines. */
export async function listNodes({ environment }: QemuSession): Promise<{ nodes: Node[] }> {
  const [load1 = 0, load5 = 0, load15 = 0] = os.loadavg();
  const cpus = os.availableParallelism();
  const node: Node = {
    provider: 'qemu',
    host: 'local',
    name: os.hostname(),
    state: 'online',
    cpus,
    // Windows counts no load.
    ...(process.platform === 'win32'
      ? {}
      : { cpuUsage: Math.min(1, load1 / cpus), loadAverage: [load1, load5, load15] }),
    memoryBytes: os.totalmem(),
    memoryUsedBytes: os.totalmem() - os.freemem(),
    ...(await measureDisk(environment.paths.state)),
    uptimeSeconds: Math.floor(os.uptime()),
    kernel: os.release(),
  };
  return { nodes: [node] };
}

/** The file system that machines are kept on; their folder may not be there yet. */
async function measureDisk(folder: string): Promise<Pick<Node, 'diskBytes' | 'diskUsedBytes'>> {
  const found = await statfs(folder).catch(() => undefined);
  if (found !== undefined) {
    return { diskBytes: found.blocks * found.bsize, diskUsedBytes: (found.blocks - found.bfree) * found.bsize };
  }
  const parent = path.dirname(folder);
  return parent === folder ? {} : measureDisk(parent);
}
