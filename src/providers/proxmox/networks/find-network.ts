import { Fault } from '../../../errors/fault.ts';
import { suggestWords } from '../../../errors/near-words.ts';
import type { Network } from '../../../model/network.ts';
import type { ProxmoxSession } from '../session.ts';
import { findNetworks } from './list-networks.ts';

/** The network of that id or name. Throws `not_found`, and `ambiguous` where several nodes have one of the name. */
export async function findNetwork(session: ProxmoxSession, reference: string, signal: AbortSignal): Promise<Network> {
  const { networks, unread } = await findNetworks(session, signal);
  const found = networks.filter(({ id, name }) => id === reference || name === reference);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (only === undefined) {
    const near = suggestWords(reference, [...new Set(networks.map(({ name }) => name))]);
    throw new Fault('not_found', `The host "${session.host}" has no network "${reference}".`, {
      remedy: `${near}See network.list for those there are.`,
      data: { field: 'network', ...(unread.length === 0 ? {} : { unread }) },
    });
  }
  const candidates = found.map(({ id }) => id);
  throw new Fault('ambiguous', `There are ${found.length} networks named "${reference}".`, {
    remedy: `Use one of their ids: ${candidates.join(', ')}.`,
    data: { field: 'network', candidates },
  });
}
