import { statfs } from 'node:fs/promises';
import { cpus, freemem, hostname, loadavg, totalmem, uptime } from 'node:os';
import path from 'node:path';
import { localHost } from '../../model/host.ts';
import type { Node } from '../../model/node.ts';
import type { Storage } from '../../model/storage.ts';

export interface ThisComputer {
  readonly node: Node;
  readonly storage: Storage | undefined;
}

/** This computer as a host of machines, where no provider tells of it. */
export async function describeThisComputer(folder: string): Promise<ThisComputer> {
  const memoryBytes = totalmem();
  const processors = cpus().length;
  const [load = 0] = loadavg();
  const storage = await describeStorage(folder);
  const node: Node = {
    provider: localHost,
    host: localHost,
    name: hostname(),
    state: 'online',
    cpus: processors,
    // Windows tells no load; nothing is better than a zero that nobody measured.
    ...(process.platform === 'win32' ? {} : { cpuUsage: Math.min(1, load / Math.max(1, processors)) }),
    memoryBytes,
    memoryUsedBytes: Math.max(0, memoryBytes - freemem()),
    uptimeSeconds: Math.round(uptime()),
  };
  return { node, storage };
}

/** The file system of the machines' files. The folder may not be there yet. */
async function describeStorage(folder: string): Promise<Storage | undefined> {
  for (let place = folder; ; place = path.dirname(place)) {
    const found = await statfs(place).catch(() => undefined);
    if (found !== undefined) {
      const totalBytes = found.blocks * found.bsize;
      const freeBytes = found.bavail * found.bsize;
      const usedBytes = Math.max(0, (found.blocks - found.bfree) * found.bsize);
      return {
        provider: localHost,
        host: localHost,
        name: 'files',
        kind: 'dir',
        contents: [],
        shared: false,
        active: true,
        totalBytes,
        usedBytes,
        freeBytes,
      };
    }
    if (path.dirname(place) === place) return undefined;
  }
}
