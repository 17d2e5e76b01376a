import { readFile } from 'node:fs/promises';
import { findValue, type ReadRegistryKey, readRegistryKey } from '../../host/windows/read-registry-key.ts';
import type { InventoryConflict } from '../../model/conflict.ts';

/** What is read of this computer; replaced in tests. */
export interface RivalHost {
  readonly platform: NodeJS.Platform;
  readonly readText: (file: string) => Promise<string | undefined>;
  readonly readKey: ReadRegistryKey;
}

const thisHost: RivalHost = {
  platform: process.platform,
  readText: file => readFile(file, 'utf8').catch(() => undefined),
  readKey: readRegistryKey,
};

/** Hypervisors of this computer that exclude each other, where the system tells of them; nothing where it does not. */
export async function findRivals(signal: AbortSignal, host: RivalHost = thisHost): Promise<InventoryConflict[]> {
  try {
    if (host.platform === 'linux') return linuxRivals((await host.readText('/proc/modules')) ?? '');
    return host.platform === 'win32' ? await windowsRivals(host, signal) : [];
  } catch {
    // What cannot be read tells nothing; the rest of the list is worth having.
    return [];
  }
}

interface Hypervisor {
  readonly title: string;
  /** Whether one of its machines has the processor now. */
  readonly inUse: boolean;
}

/** "vmmon 155648 2 - Live 0x0000000000000000 (OE)": name, size, number of users. */
function linuxRivals(modules: string): InventoryConflict[] {
  const users = new Map(
    [...modules.matchAll(/^(?<name>\w+) \d+ (?<users>\d+) /gm)].map(({ groups }) => [
      groups?.name ?? '',
      Number(groups?.users),
    ]),
  );
  const find = (title: string, names: readonly string[], own: number): Hypervisor[] => {
    const loaded = names.filter(name => users.has(name));
    return loaded.length === 0 ? [] : [{ title, inUse: loaded.some(name => (users.get(name) ?? 0) > own) }];
  };
  const found = [
    ...find('KVM', ['kvm_intel', 'kvm_amd'], 0),
    ...find('VMware', ['vmmon'], 0),
    // Its two modules for networks use the one with the processor all the time.
    ...find('VirtualBox', ['vboxdrv'], ['vboxnetflt', 'vboxnetadp'].filter(name => users.has(name)).length),
  ];
  const busy = found.filter(({ inUse }) => inUse);
  // Modules that only lie there harm nobody: most systems load that of KVM.
  if (busy.length === 0 || found.length < 2) return [];
  const titles = [...busy, ...found.filter(({ inUse }) => !inUse)].map(({ title }) => title);
  return [
    rivalry(titles, busy.length > 1 ? 'error' : 'warning', `${busy.map(({ title }) => title).join(' and ')} in use`),
  ];
}

const services = 'HKLM\\SYSTEM\\CurrentControlSet\\Services';
/** `Start` of a service that was turned off. */
const disabled = 4;

async function windowsRivals({ readKey }: RivalHost, signal: AbortSignal): Promise<InventoryConflict[]> {
  const start = findValue(await readKey(`${services}\\vmms`, signal), 'Start');
  if (typeof start !== 'number' || start === disabled) return [];
  const [vmware, virtualBox] = await Promise.all([
    readKey('HKLM\\SOFTWARE\\WOW6432Node\\VMware, Inc.\\VMware Workstation', signal),
    readKey('HKLM\\SOFTWARE\\Oracle\\VirtualBox', signal),
  ]);
  return [
    ...besideHyperV('VMware Workstation', findValue(vmware, 'ProductVersion'), [15, 5, 5]),
    ...besideHyperV('VirtualBox', findValue(virtualBox, 'Version'), [6, 0, 0]),
  ];
}

/** Older ones cannot run while Hyper-V has the processor; newer ones run on top of it, and more slowly. */
function besideHyperV(
  title: string,
  version: string | number | undefined,
  since: readonly number[],
): InventoryConflict[] {
  if (version === undefined) return [];
  const parts = String(version).split('.').map(Number);
  const difference = since.map((wanted, index) => (parts[index] ?? 0) - wanted).find(each => each !== 0) ?? 0;
  const name = `${title} ${String(version).slice(0, 40)}`;
  return [
    rivalry(['Hyper-V', name], difference < 0 ? 'error' : 'warning', 'Hyper-V is installed and has the processor'),
  ];
}

function rivalry(titles: readonly string[], severity: InventoryConflict['severity'], found: string): InventoryConflict {
  return {
    kind: 'hypervisors',
    severity,
    what: titles.join(', '),
    machines: [],
    reason: `${found}: only one hypervisor at a time has the virtualization of the processor; others fail or are slow.`,
    remedy: 'Run the machines of one of them at a time, or turn the other off.',
  };
}
