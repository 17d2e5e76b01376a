import type { Machine } from '../../../model/machine.ts';
import type { Operation } from '../../define-provider.ts';
import type { ProxmoxRequest } from '../client/request.ts';
import { countOf, recordsOf, textOf } from '../reply-values.ts';
import type { ProxmoxSession } from '../session.ts';
import { clusterIdentity } from './cluster-identity.ts';
import { RowKeeper } from './row-keeper.ts';

export const listRequest: ProxmoxRequest = { method: 'GET', path: '/cluster/resources', params: { type: 'vm' } };

/** How long the rows of one reply serve the further pages of a listing, in milliseconds. */
const keptMilliseconds = 5000;

interface Listing {
  readonly at: number;
  readonly rows: readonly Machine[];
}

const listings = new WeakMap<ProxmoxSession, Listing>();
const keepers = new WeakMap<ProxmoxSession, RowKeeper>();

/** The API has no pages: all machines come in one reply, from which the pages are cut. Filters are the inventory's. */
export const listMachines: Operation<ProxmoxSession, 'vm.list'> = async (session, { limit, offset }, { signal }) => {
  const known = offset === 0 ? undefined : listings.get(session);
  const listing =
    known !== undefined && performance.now() - known.at < keptMilliseconds ? known : await ask(session, signal);
  const { rows } = listing;
  // Kept only while somebody may ask for the next page: ten thousand machines are some megabytes.
  if (offset + limit < rows.length) listings.set(session, listing);
  else listings.delete(session);
  return { machines: rows.slice(offset, offset + limit), total: rows.length, missing: [] };
};

async function ask(session: ProxmoxSession, signal: AbortSignal): Promise<Listing> {
  const at = performance.now();
  const [reply, identity] = await Promise.all([
    session.client.send(listRequest, { signal }),
    clusterIdentity(session, signal),
  ]);
  const keeper = keepers.get(session) ?? new RowKeeper();
  keepers.set(session, keeper);
  return { at, rows: presentRows(reply, session.host, identity, keeper) };
}

/** {"id":"qemu/100","type":"qemu","vmid":100,"node":"pve1","status":"running","maxcpu":2,"maxmem":2147483648,…} */
function presentRows(reply: unknown, host: string, identity: string | undefined, keeper: RowKeeper): Machine[] {
  const machines: Machine[] = [];
  for (const row of recordsOf(reply, 'the machines')) {
    const { type } = row;
    const vmid = countOf(row.vmid);
    if ((type !== 'qemu' && type !== 'lxc') || vmid === undefined) continue;
    machines.push(keeper.present(row, { host, node: textOf(row.node), type, vmid, identity }));
  }
  keeper.turn();
  return machines;
}
