import { Fault } from '../../../errors/fault.ts';
import { countOf, flagOf, type ReplyRecord, recordsOf, textOf } from '../reply-values.ts';
import type { ProxmoxSession } from '../session.ts';

/** The node that is named, or of those that answer the one with most free memory. Faults: `not_found`, `unavailable`. */
export async function chooseNode(
  { client, host }: ProxmoxSession,
  wanted: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  const nodes = recordsOf(await client.send({ method: 'GET', path: '/nodes' }, { signal }), 'the nodes');
  const candidates = nodes.flatMap(({ node }) => textOf(node) ?? []);
  const online = nodes.filter(({ status, node }) => status === 'online' && typeof node === 'string');
  if (wanted !== undefined) {
    if (online.some(({ node }) => node === wanted)) return wanted;
    const isKnown = candidates.includes(wanted);
    throw new Fault(
      isKnown ? 'unavailable' : 'not_found',
      isKnown ? `The node "${wanted}" of ${host} is not online.` : `${host} has no node "${wanted}".`,
      { remedy: `Use one of: ${candidates.join(', ')}.`, data: { field: 'node', candidates } },
    );
  }
  const [best] = online.toSorted((a, b) => freeMemory(b) - freeMemory(a));
  const name = textOf(best?.node);
  if (name !== undefined) return name;
  throw new Fault('unavailable', `No node of ${host} is online.`, {
    remedy: 'Look at the cluster.',
    data: { candidates },
  });
}

/** An account that may not look at nodes is not told their memory. */
function freeMemory({ maxmem, mem }: ReplyRecord): number {
  return (countOf(maxmem) ?? 0) - (countOf(mem) ?? 0);
}

/** The storage that is named, or of those of the node that take such content the one with most room. Fault: `not_found`. */
export async function chooseStorage(
  { client, host }: ProxmoxSession,
  node: string,
  content: 'images' | 'rootdir',
  wanted: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  if (wanted !== undefined) return wanted;
  const params = { node, content, enabled: true };
  const reply = await client.send({ method: 'GET', path: '/nodes/{node}/storage', params }, { signal });
  const usable = recordsOf(reply, 'the storages').filter(({ active }) => active === undefined || flagOf(active));
  const [best] = usable.toSorted((a, b) => (countOf(b.avail) ?? 0) - (countOf(a.avail) ?? 0));
  const name = textOf(best?.storage);
  if (name !== undefined) return name;
  throw new Fault('not_found', `The node "${node}" of ${host} has no storage that takes disks.`, {
    remedy: 'Name one with storage, or let one take them.',
    data: { field: 'storage', content },
  });
}
