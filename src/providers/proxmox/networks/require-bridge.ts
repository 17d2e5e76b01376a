import { Fault } from '../../../errors/fault.ts';
import { suggestWords } from '../../../errors/near-words.ts';
import type { Guest, ProxmoxSession } from '../session.ts';
import { findNetworks } from './list-networks.ts';

/** Name of the bridge or vnet of a reference, which the node of the machine has to have. Throws `not_found` and `conflict`. */
export async function requireBridge(
  session: ProxmoxSession,
  guest: Guest,
  reference: string,
  signal: AbortSignal,
): Promise<string> {
  const { networks, unread } = await findNetworks(session, signal);
  const near = networks.filter(({ node }) => node === undefined || node === guest.node);
  const found = near.find(({ id, name }) => id === reference || name === reference);
  if (found !== undefined) return found.name;
  const elsewhere = networks.find(({ id, name }) => id === reference || name === reference);
  if (elsewhere !== undefined) {
    throw new Fault(
      'conflict',
      `The network "${elsewhere.name}" is at ${elsewhere.node}, "${guest.name}" at ${guest.node}.`,
      {
        remedy: `Use a network of ${guest.node}: ${near.map(({ name }) => name).join(', ')}.`,
        data: { field: 'network', node: guest.node },
      },
    );
  }
  const names = near.map(({ name }) => name);
  throw new Fault('not_found', `The node "${guest.node}" has no network "${reference}".`, {
    remedy: `${suggestWords(reference, names)}Use one of: ${names.join(', ')}.`,
    data: { field: 'network', candidates: names, ...(unread.length === 0 ? {} : { unread }) },
  });
}
