import type { GuestAddress } from '../../../model/machine-parts.ts';
import type { Operation } from '../../define-provider.ts';
import { type MachineNow, readMachine } from '../machines/read-machine.ts';
import { refuseStopped } from '../machines/refusals.ts';
import { at } from '../machines/step.ts';
import { countOf, isRecord, type ReplyRecord, recordsOf, textOf } from '../reply-values.ts';
import type { ProxmoxSession } from '../session.ts';
import { agentOf, explainAgent } from './agent-request.ts';

/** Of a virtual machine by its agent, of a container by its node. */
export const listAddresses: Operation<ProxmoxSession, 'vm.addresses'> = async (
  session,
  { vm, loopback },
  { signal },
) => {
  const now = await readMachine(session, vm, signal);
  refuseStopped(now, 'asked for its addresses');
  const rows = now.guest.type === 'lxc' ? await askNode(session, now, signal) : await askAgent(session, now, signal);
  const addresses = rows.flatMap(addressesOf);
  return { addresses: loopback ? addresses : addresses.filter(({ address }) => !isLoopback(address)) };
};

/** {"result":[{"name":"eth0","hardware-address":"bc:24:…","ip-addresses":[{"ip-address":"192.0.2.10","ip-address-type":"ipv4","prefix":24}]}]} */
async function askAgent({ client }: ProxmoxSession, { guest, machine }: MachineNow, signal: AbortSignal) {
  const path = '/nodes/{node}/qemu/{vmid}/agent/network-get-interfaces';
  try {
    const reply = await client.send({ method: 'GET', path, params: agentOf(guest) }, { signal });
    return recordsOf(isRecord(reply) ? reply.result : reply, 'the addresses');
  } catch (error) {
    throw explainAgent(error, machine);
  }
}

/** [{"name":"eth0","hwaddr":"bc:24:…","inet":"192.0.2.10/24","inet6":"fe80::1/64"}]; newer releases tell ip-addresses, too. */
async function askNode({ client }: ProxmoxSession, { guest }: MachineNow, signal: AbortSignal) {
  const { node, vmid } = at(guest);
  const path = '/nodes/{node}/lxc/{vmid}/interfaces';
  return recordsOf(await client.send({ method: 'GET', path, params: { node, vmid } }, { signal }), 'the addresses');
}

function addressesOf(row: ReplyRecord): GuestAddress[] {
  const mac = (textOf(row['hardware-address']) ?? textOf(row.hwaddr))?.toUpperCase();
  const listed = recordsOf(row['ip-addresses'], 'the addresses').map(each => ({
    address: textOf(each['ip-address']),
    prefixLength: countOf(each.prefix),
  }));
  const found = listed.length > 0 ? listed : [row.inet, row.inet6].flatMap(splitPrefix);
  return found.flatMap(({ address, prefixLength }) =>
    address === undefined
      ? []
      : [
          {
            interface: textOf(row.name) ?? '',
            ...(mac === undefined ? {} : { mac }),
            family: address.includes(':') ? ('ipv6' as const) : ('ipv4' as const),
            address,
            ...(prefixLength === undefined ? {} : { prefixLength }),
          },
        ],
  );
}

function splitPrefix(value: unknown): { address: string | undefined; prefixLength: number | undefined }[] {
  return (textOf(value) ?? '')
    .split(/[\s,]+/)
    .filter(word => word !== '')
    .map(word => {
      const [address, prefix] = word.split('/');
      return { address, prefixLength: countOf(prefix) };
    });
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}
