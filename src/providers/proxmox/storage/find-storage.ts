import { Fault } from '../../../errors/fault.ts';
import { suggestWords } from '../../../errors/near-words.ts';
import { listResources, type ResourceRow } from '../cluster/list-resources.ts';
import type { ProxmoxSession } from '../session.ts';

/** A storage, and a node that reaches it. */
export interface StoragePlace {
  readonly storage: string;
  readonly node: string;
  readonly shared: boolean;
  readonly contents: readonly string[];
  readonly available: boolean;
  readonly freeBytes: number | undefined;
}

export interface StorageFilter {
  readonly storage?: string | undefined;
  readonly node?: string | undefined;
  /** In Proxmox VE's own word. */
  readonly content?: string | undefined;
}

/** The storages as each node sees them; one that all nodes share stands there once, by a node that reaches it. */
export async function listPlaces(
  session: ProxmoxSession,
  filter: StorageFilter,
  signal: AbortSignal,
): Promise<StoragePlace[]> {
  const seen = new Set<string>();
  return (await readPlaces(session, signal)).filter(place => {
    const { shared, storage, node } = place;
    const key = shared && filter.node === undefined ? storage : `${storage} ${node}`;
    return fits(place, filter) && !seen.has(key) && seen.add(key);
  });
}

/** A node that reaches the storage: the one that is wanted, else any. Throws `not_found`, and `unavailable` when none can. */
export async function findPlace(
  session: ProxmoxSession,
  wanted: StorageFilter & { readonly storage: string },
  signal: AbortSignal,
): Promise<StoragePlace> {
  const places = await readPlaces(session, signal);
  const named = places.filter(({ storage }) => storage === wanted.storage);
  if (named.length === 0) throw unknownStorage(session, wanted.storage, places);
  const fitting = named.find(place => fits(place, wanted));
  if (fitting === undefined) throw unfitting(session, wanted);
  if (fitting.available) return fitting;
  throw new Fault('unavailable', `The storage "${wanted.storage}" of ${session.host} is not available now.`, {
    remedy: 'Look at its node with node.list; storage.list tells when it is active again.',
    data: { storage: wanted.storage, node: fitting.node },
  });
}

/** Each storage at each node that has it; those that are reached first. */
async function readPlaces(session: ProxmoxSession, signal: AbortSignal): Promise<StoragePlace[]> {
  const rows = await listResources(session, 'storage', signal);
  return rows
    .flatMap(readPlace)
    .sort((a, b) => Number(b.available) - Number(a.available) || a.node.localeCompare(b.node));
}

function readPlace({ storage, node, shared, content, status, disk, maxdisk }: ResourceRow): StoragePlace[] {
  if (storage === undefined || node === undefined) return [];
  const freeBytes = maxdisk === undefined || disk === undefined ? undefined : Math.max(0, maxdisk - disk);
  const available = status === 'available';
  return [{ storage, node, shared: shared === true, contents: content, available, freeBytes }];
}

function fits(place: StoragePlace, { storage, node, content }: StorageFilter): boolean {
  if (storage !== undefined && place.storage !== storage) return false;
  if (node !== undefined && place.node !== node) return false;
  return content === undefined || place.contents.length === 0 || place.contents.includes(content);
}

function unknownStorage({ host }: ProxmoxSession, storage: string, places: readonly StoragePlace[]): Fault {
  const candidates = [...new Set(places.map(place => place.storage))].sort();
  return new Fault('not_found', `${host} has no storage "${storage}" that the account may see.`, {
    remedy: `${suggestWords(storage, candidates)}storage.list names them.`,
    data: { field: 'storage', candidates },
  });
}

function unfitting({ host }: ProxmoxSession, { storage, node, content }: StorageFilter): Fault {
  const where = node === undefined ? '' : ` on the node ${node}`;
  const what = content === undefined ? '' : ` that takes ${content}`;
  return new Fault('not_found', `${host} has no storage "${storage}"${where}${what}.`, {
    remedy: 'storage.list tells which nodes have it, and what it may hold.',
    data: { field: node === undefined ? 'storage' : 'node' },
  });
}
