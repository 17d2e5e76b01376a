import { readFile } from 'node:fs/promises';

export interface ProcessUsage {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

/** Linux counts in hundredths of a second for programs, whatever the kernel's own clock does. */
const ticksPerSecond = 100;

/** What a process has used and holds; nothing where the host does not tell, or when it is gone. Only Linux tells. */
export async function readProcessUsage(pid: number, root = '/proc'): Promise<ProcessUsage | undefined> {
  const [stat, status] = await Promise.all(
    ['stat', 'status'].map(name => readFile(`${root}/${pid}/${name}`, 'utf8').catch(() => '')),
  );
  // "4711 (a name) with (parentheses) S 1 …": after the last one state is field 3, user and system time 14 and 15.
  const fields = (stat ?? '').slice((stat ?? '').lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  // VmRSS:	  102400 kB
  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(status ?? '')?.[1];
  if (!Number.isFinite(ticks) || resident === undefined) return undefined;
  return { cpuSeconds: ticks / ticksPerSecond, residentBytes: Number(resident) * 1024 };
}
