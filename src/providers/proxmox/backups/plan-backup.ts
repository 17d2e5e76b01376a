import type { ToolInput } from '../../../catalog/types.ts';
import { Fault } from '../../../errors/fault.ts';
import type { ProxmoxRequest } from '../client/request.ts';
import { listOnlineNodes } from '../cluster/list-resources.ts';
import type { ProxmoxSession } from '../session.ts';
import { findPlace, listPlaces } from '../storage/find-storage.ts';
import { writeKeepRules } from './keep-rules.ts';
import { type ListedGuest, listGuests, pickGuests } from './resolve-guests.ts';

type Input = ToolInput<'backup.run'>;

/** Backups of machines of one node, which does them in one task. */
export interface NodeBackup {
  readonly node: string;
  readonly storage: string;
  /** Numbers of the machines. */
  readonly vmids: readonly number[];
  readonly request: ProxmoxRequest;
}

/** What has to be asked of which node: each backs up only what is on it. */
export async function planNodeBackups(
  session: ProxmoxSession,
  input: Input,
  signal: AbortSignal,
): Promise<NodeBackup[]> {
  const guests = await chooseGuests(session, input, signal);
  const byNode = [...Map.groupBy(guests, ({ node }) => node)].sort(([a], [b]) => a.localeCompare(b));
  const storage = input.storage ?? (await chooseStorage(session, byNode, signal));
  const online = new Set(await listOnlineNodes(session, signal));
  return Promise.all(
    byNode.map(async ([node, members]) => {
      if (!online.has(node)) throw offline(node, members);
      await findPlace(session, { storage, node, content: 'backup' }, signal);
      const vmids = members.map(({ vmid }) => vmid);
      return { node, storage, vmids, request: backupRequest(node, storage, vmids, input) };
    }),
  );
}

function backupRequest(node: string, storage: string, vmids: readonly number[], input: Input): ProxmoxRequest {
  const { mode, compress, notes, prune, keep } = input;
  return {
    method: 'POST',
    path: '/nodes/{node}/vzdump',
    params: {
      node,
      vmid: vmids.join(','),
      storage,
      mode,
      compress: compress === 'none' ? '0' : compress,
      ...(notes === undefined ? {} : { 'notes-template': notes }),
      ...(input.protected ? { protected: true } : {}),
      // Unless told so the host would delete older backups, as its own settings say.
      remove: prune,
      ...(keep === undefined ? {} : { 'prune-backups': writeKeepRules(keep) }),
    },
  };
}

async function chooseGuests(session: ProxmoxSession, input: Input, signal: AbortSignal): Promise<ListedGuest[]> {
  const { vm, vms, pool, all, exclude = [], keep, prune } = input;
  const ways = [vm !== undefined, vms !== undefined, pool !== undefined, all].filter(Boolean).length;
  if (ways !== 1) throw unclear('Exactly one of "vm", "vms", "pool" and "all" says which machines are backed up.');
  if (exclude.length > 0 && !all) throw unclear('The field "exclude" goes with "all".');
  if (keep !== undefined && !prune) throw unclear('The field "keep" goes with "prune".');
  const guests = await listGuests(session, signal);
  if (vm !== undefined) return pickGuests(session, guests, [(await session.findGuest(vm, signal)).id]);
  if (vms !== undefined) return pickGuests(session, guests, vms);
  const left = new Set(pickGuests(session, guests, exclude).map(({ vmid }) => vmid));
  const chosen = guests.filter(guest => (all ? !left.has(guest.vmid) : guest.pool === pool));
  if (chosen.length > 0) return chosen;
  const where = pool === undefined ? session.host : `the pool "${pool}" of ${session.host}`;
  throw new Fault('not_found', `There is no machine to back up in ${where}.`, {
    data: { field: pool ? 'pool' : 'all' },
  });
}

async function chooseStorage(
  session: ProxmoxSession,
  byNode: readonly (readonly [string, readonly ListedGuest[]])[],
  signal: AbortSignal,
): Promise<string> {
  const nodes = byNode.map(([node]) => node);
  const places = await Promise.all(nodes.map(node => listPlaces(session, { node, content: 'backup' }, signal)));
  const [first, ...others] = places.map(list => new Set(list.map(({ storage }) => storage)));
  const candidates = [...(first ?? [])].filter(name => others.every(names => names.has(name))).sort();
  const [only, second] = candidates;
  if (only !== undefined && second === undefined) return only;
  const several = candidates.length > 0;
  throw new Fault(
    several ? 'ambiguous' : 'not_found',
    several ? 'Several storages take backups.' : 'No storage takes backups.',
    {
      remedy: several ? `Set "storage" to one of: ${candidates.join(', ')}.` : 'storage.list tells what each may hold.',
      data: { field: 'storage', candidates },
    },
  );
}

function unclear(message: string): Fault {
  return new Fault('invalid', message, { data: { field: 'vms' } });
}

function offline(node: string, members: readonly ListedGuest[]): Fault {
  return new Fault('unavailable', `The node ${node} is offline, with ${members.length} of the machines.`, {
    remedy: 'Leave these machines out, or start the node.',
    data: { node, vms: members.map(({ vmid }) => vmid) },
  });
}
