import { quoteWord } from '../../../errors/quote-word.ts';
import { createMac } from '../../../qemu/machines/create-mac.ts';
import type { ExportManifest } from '../../../qemu/machines/export-manifest.ts';
import type { MachineDefinition } from '../../../qemu/machines/machine-definition.ts';
import { idOf } from '../find-machine.ts';

/**
 * The cards of an imported machine. One that was on a network device of another host comes to the network that reaches
 * nothing. An address stays, since guests know their cards by it, unless a machine here has it already.
 */
export function chooseNetworks(
  { networks, forwards, shares }: ExportManifest,
  known: readonly MachineDefinition[],
  name: string,
): { networks: MachineDefinition['networks']; warnings: string[] } {
  const used = new Set(known.flatMap(machine => machine.networks.map(({ mac }) => mac)));
  const isForeign = networks.some(({ kind }) => kind === 'bridge' || kind === 'tap');
  const chosen: MachineDefinition['networks'] = [];
  for (const { kind, mac } of networks) {
    const own = used.has(mac) ? createMac() : mac;
    used.add(own);
    chosen.push({ kind: kind === 'user' ? 'user' : 'restricted', forwards: [], mac: own });
  }
  const isChanged = chosen.some(({ mac }, index) => mac !== networks[index]?.mac);
  const change = `vmbridge call vm.configure --vm ${quoteWord(idOf(name))}`;
  return {
    networks: chosen,
    warnings: [
      ...(isForeign
        ? [
            `It was on a network device of its host and is on the network "restricted" now; see network.list and ${change} --network.`,
          ]
        : []),
      ...(isChanged ? ['A machine here has the address of its network card, so it got another one.'] : []),
      ...(forwards.length > 0
        ? [
            `It had ports forwarded to it, which is left to you: ${forwards.map(format).join(', ')}; see ${change} --forwards.`,
          ]
        : []),
      ...(shares.length > 0
        ? [`It had shared folders, which are left to you: ${shares.join(', ')}; see ${change} --shares.`]
        : []),
    ],
  };
}

function format({ protocol, hostPort, guestPort }: ExportManifest['forwards'][number]): string {
  return `${protocol} ${hostPort} to ${guestPort}`;
}
