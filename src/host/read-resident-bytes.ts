import { readFile } from 'node:fs/promises';

/** How much of a process is in the host's memory, in bytes; undefined where the host does not tell. */
export async function readResidentBytes(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  // VmRSS:	   93412 kB
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}
