import type { NetworkSpec, PortForward } from '../machine-spec.ts';
import { isQ35 } from './disk-devices.ts';
import { escapeComma } from './escape-comma.ts';

export interface NetworkParts {
  /** Arguments of `-netdev`. */
  readonly backends: readonly string[];
  readonly devices: readonly Readonly<Record<string, unknown>>[];
}

/** What QEMU is told about the network cards of a machine. */
export function describeNetworks(machine: string, networks: readonly NetworkSpec[]): NetworkParts {
  // The cards that systems of their time know without a driver of their own.
  const common = isQ35(machine) ? 'e1000e' : 'e1000';
  return {
    backends: networks.map((network, index) => describeBackend(network, `net${index}`)),
    devices: networks.map(({ mac, virtio }, index) => ({
      driver: virtio ? 'virtio-net-pci' : common,
      id: `card${index}`,
      netdev: `net${index}`,
      ...(mac === undefined ? {} : { mac }),
      // Without its boot ROM: nothing shall start from a network.
      romfile: '',
    })),
  };
}

function describeBackend(network: NetworkSpec, id: string): string {
  switch (network.kind) {
    case 'user':
    case 'restricted': {
      const forwards = network.forwards.map(forward => `,hostfwd=${formatForward(forward)}`).join('');
      const subnet = network.subnet === undefined ? '' : `,net=${network.subnet}`;
      return `user,id=${id}${network.kind === 'restricted' ? ',restrict=on' : ''}${subnet}${forwards}`;
    }
    case 'bridge':
      return `bridge,id=${id},br=${escapeComma(network.interface)}`;
    case 'tap':
      return `tap,id=${id},ifname=${escapeComma(network.interface)},script=no,downscript=no`;
  }
}

/** e.g. `tcp:127.0.0.1:2222-:22`, as `-netdev` and the monitor's `hostfwd_add` take it. */
export function formatForward({ protocol, hostAddress, hostPort, guestPort }: PortForward): string {
  return `${protocol}:${hostAddress}:${hostPort}-:${guestPort}`;
}
