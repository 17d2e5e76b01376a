import type { CallContext } from '../../model/call.ts';
import type { Network } from '../../model/network.ts';
import { listHostNetworks } from '../../qemu/host-networks.ts';
import { idOf, listFound } from './find-machine.ts';
import { formatNetwork } from './network-names.ts';
import type { QemuSession } from './session.ts';

/** What a machine can be attached to, with the machines that are: those that QEMU makes itself, and devices of the host. */
export async function listNetworks(session: QemuSession, { signal }: CallContext): Promise<{ networks: Network[] }> {
  const attached = new Map<string, string[]>();
  for (const { name, definition } of await listFound(session)) {
    for (const network of definition?.networks ?? []) {
      const key = formatNetwork(network);
      attached.set(key, [...(attached.get(key) ?? []), idOf(name)]);
    }
  }
  const found = await listHostNetworks(signal);
  const kinds = new Map<string, Network['kind']>([
    ['user', 'nat'],
    ['restricted', 'private'],
    ...found.map(({ kind, name }) => [`${kind}:${name}`, kindOf(kind)] as const),
    // A device that a machine is to be on may be gone from the host.
    ...[...attached.keys()].filter(key => key.includes(':')).map(key => [key, kindOf(key)] as const),
  ]);
  const networks = [...kinds].map(([name, kind]) => ({
    id: `qemu:local/${name}`,
    provider: 'qemu',
    host: 'local',
    name,
    kind,
    machines: attached.get(name) ?? [],
  }));
  return { networks };
}

function kindOf(name: string): Network['kind'] {
  return name.startsWith('bridge') ? 'external' : 'internal';
}
