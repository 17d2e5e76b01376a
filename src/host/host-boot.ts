import { readFile } from 'node:fs/promises';
import { uptime } from 'node:os';

/** Which run of the host this is. `id` is exact where it exists (Linux); `startedAt` is good to about a minute. */
export interface HostBoot {
  readonly id?: string | undefined;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}

export async function readHostBoot(): Promise<HostBoot> {
  const startedAt = Math.round(Date.now() - uptime() * 1000);
  // Elsewhere that would be a file that anybody may have made, such as C:\\proc\\….
  if (process.platform !== 'linux') return { startedAt };
  try {
    const id = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    return { id, startedAt };
  } catch {
    return { startedAt };
  }
}

/** Clocks are set while a host runs, hence the two minutes. */
export function isSameBoot(one: HostBoot, other: HostBoot): boolean {
  if (one.id !== undefined || other.id !== undefined) return one.id === other.id;
  return Math.abs(one.startedAt - other.startedAt) < 120_000;
}
