import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { cancelledFault } from '../errors/fault.ts';

export interface HostNetwork {
  readonly kind: 'bridge' | 'tap';
  readonly name: string;
}

// linux/if_tun.h: IFF_TUN 1 carries packets, IFF_TAP 2 carries frames, which a network card needs.
const tapFlag = 2;

/** Bridges and tap devices of a Linux host, by name; none elsewhere. `folder` stands for the kernel's list of devices in tests. */
export async function listHostNetworks(signal?: AbortSignal, folder = '/sys/class/net'): Promise<HostNetwork[]> {
  const names = await readdir(folder).catch(() => []);
  const found: HostNetwork[] = [];
  for (const name of names.sort()) {
    if (signal?.aborted) throw cancelledFault(signal, 'Listing the networks');
    const kind = await readKind(join(folder, name));
    if (kind !== undefined) found.push({ kind, name });
  }
  return found;
}

async function readKind(device: string): Promise<HostNetwork['kind'] | undefined> {
  const bridge = await stat(join(device, 'bridge')).catch(() => undefined);
  if (bridge?.isDirectory()) return 'bridge';
  // 0x1002
  const flags = await readFile(join(device, 'tun_flags'), 'utf8').catch(() => '');
  return /^0x[0-9a-f]{1,8}$/i.test(flags.trim()) && (Number(flags.trim()) & tapFlag) !== 0 ? 'tap' : undefined;
}
