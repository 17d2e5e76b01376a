import { Fault } from '../../../errors/fault.ts';
import type { Network } from '../../../model/network.ts';
import type { Operation } from '../../define-provider.ts';
import type { ProxmoxSession } from '../session.ts';
import { machinesOn, readAttached } from './attached-machines.ts';
import { bridgesOf, readNodeNetworks } from './read-networks.ts';
import { readSdn, type Sdn, vnetsOf } from './read-sdn.ts';

export const listNetworks: Operation<ProxmoxSession, 'network.list'> = async (session, _input, { signal }) => {
  const [found, attached] = await Promise.all([findNetworks(session, signal), readAttached(session, signal)]);
  const unread = [...found.unread, ...attached.unread];
  return {
    networks: found.networks.map(network => ({ ...network, machines: machinesOn(network, attached) })),
    ...(unread.length === 0 ? {} : { unread }),
  };
};

/** Bridges of the nodes and vnets of the cluster, without their machines. */
export async function findNetworks(
  session: ProxmoxSession,
  signal: AbortSignal,
): Promise<{ networks: Network[]; unread: string[] }> {
  const { host } = session;
  const [nodes, sdn] = await Promise.all([readNodeNetworks(session, signal), readSdnIfAllowed(session, signal)]);
  return {
    networks: [...nodes.networks.flatMap(network => bridgesOf(host, network)), ...vnetsOf(host, sdn)],
    unread: [...nodes.unread, ...sdn.unread],
  };
}

/** An account may see bridges and no vnets; an older host may have none. */
async function readSdnIfAllowed(session: ProxmoxSession, signal: AbortSignal): Promise<Sdn & { unread: string[] }> {
  try {
    return { ...(await readSdn(session, signal)), unread: [] };
  } catch (error) {
    if (!(error instanceof Fault) || (error.code !== 'denied' && error.code !== 'unsupported')) throw error;
    return { vnets: [], zones: [], unread: [`vnets: ${error.message}`] };
  }
}
