import { Fault } from '../../errors/fault.ts';
import type { NetworkSpec } from '../../qemu/machine-spec.ts';
import { createMac } from '../../qemu/machines/create-mac.ts';

/** How a network is called: `user`, `restricted`, `bridge:br0`, `tap:tap0`. A machine without a card has `none`. */
export function formatNetwork(network: NetworkSpec): string {
  return 'interface' in network ? `${network.kind}:${network.interface}` : network.kind;
}

export function formatNetworks(networks: readonly NetworkSpec[]): string {
  const [first] = networks;
  return first === undefined ? 'none' : formatNetwork(first);
}

type Card = (
  | {
      kind: 'user' | 'restricted';
      forwards: { protocol: 'tcp' | 'udp'; hostAddress: string; hostPort: number; guestPort: number }[];
    }
  | { kind: 'bridge' | 'tap'; interface: string }
) & { mac: string };

/** Names of the kernel's network devices: at most 15 characters, none of which means anything to QEMU. */
const deviceName = /^[A-Za-z0-9][\w.-]{0,14}$/;

/** The cards of a machine on the network of this name; keeps the address of the card it had. Throws `not_found`. */
export function parseNetwork(
  name: string,
  forwards: readonly { protocol: 'tcp' | 'udp'; hostAddress: string; hostPort: number; guestPort: number }[],
  mac: string = createMac(),
): Card[] {
  const plain = name.replace(/^qemu:local\//, '');
  const [kind = '', device = ''] = plain.split(/:(.*)/s);
  if (plain === 'user' || plain === 'restricted') return [{ kind: plain, forwards: [...forwards], mac }];
  const isOther = (kind === 'bridge' || kind === 'tap') && deviceName.test(device);
  if (plain !== 'none' && !isOther) {
    throw new Fault('not_found', `There is no network "${name}".`, {
      remedy: 'Use user, restricted, none, bridge:<name> or tap:<name>; network.list names those there are.',
      data: { field: 'network' },
    });
  }
  if (forwards.length > 0) {
    throw new Fault('invalid', `Ports can not be forwarded on the network "${name}".`, {
      remedy: 'Use the network "user" or "restricted", or leave "forwards" out.',
      data: { field: 'forwards' },
    });
  }
  return isOther ? [{ kind: kind as 'bridge' | 'tap', interface: device, mac }] : [];
}
