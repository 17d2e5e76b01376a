import type { MachineFacts } from '../../model/conflict.ts';
import { clusterIdentity } from './machines/cluster-identity.ts';
import { adaptersOf, disksOf, uuidOf } from './machines/machine-parts.ts';
import { at } from './machines/step.ts';
import { parsePropertyString } from './property-string.ts';
import { flagOf, type ReplyRecord, recordOf, recordsOf, textOf } from './reply-values.ts';
import type { Guest, ProxmoxSession } from './session.ts';

/** How long a configuration that was read serves, in milliseconds. */
const keptMilliseconds = 300_000;

interface Call {
  readonly signal: AbortSignal;
}

/** Where volumes lie, so that one has the same name whatever machine uses it. */
interface Volumes {
  readonly cluster: string;
  /** Names of storages that all nodes see as one. */
  readonly shared: ReadonlySet<string>;
}

interface KeptFacts {
  readonly at: number;
  readonly facts: MachineFacts;
}

const kept = new WeakMap<ProxmoxSession, Map<string, KeptFacts>>();

/** Disks and addresses, out of the configuration of each machine; the client sends only so many requests at a time. */
export async function machineFacts(
  session: ProxmoxSession,
  machines: readonly string[],
  call: Call,
): Promise<MachineFacts[]> {
  const known = kept.get(session) ?? new Map<string, KeptFacts>();
  kept.set(session, known);
  // The list of the call is all that is remembered: what is gone goes.
  const wanted = new Set(machines);
  for (const id of known.keys()) if (!wanted.has(id)) known.delete(id);
  const volumes = await readVolumes(session, call);
  return Promise.all(
    machines.map(async id => {
      const before = known.get(id);
      if (before !== undefined && performance.now() - before.at < keptMilliseconds) return before.facts;
      const facts = await readFacts(session, id, volumes, call);
      if (facts.problem === undefined) known.set(id, { at: performance.now(), facts });
      return facts;
    }),
  );
}

/** [{"id":"storage/pve1/local","storage":"local","node":"pve1","shared":0,…}] */
async function readVolumes(session: ProxmoxSession, { signal }: Call): Promise<Volumes> {
  const [reply, identity] = await Promise.all([
    session.client.send({ method: 'GET', path: '/cluster/resources', params: { type: 'storage' } }, { signal }),
    clusterIdentity(session, signal),
  ]);
  const shared = recordsOf(reply, 'the storages').flatMap(row =>
    flagOf(row.shared) ? [textOf(row.storage) ?? ''] : [],
  );
  return { cluster: `pve:${identity ?? session.host}`, shared: new Set(shared) };
}

async function readFacts(
  session: ProxmoxSession,
  id: string,
  volumes: Volumes,
  { signal }: Call,
): Promise<MachineFacts> {
  try {
    const guest = await session.findGuest(id, signal);
    const params = { ...at(guest), current: true };
    const reply = await session.client.send(
      { method: 'GET', path: '/nodes/{node}/{type}/{vmid}/config', params },
      { signal },
    );
    return factsOf(guest, recordOf(reply, `the configuration of ${id}`), volumes);
  } catch (error) {
    if (signal.aborted) throw error;
    const problem = error instanceof Error ? error.message : String(error);
    return { id, disks: [], macs: [], problem };
  }
}

function factsOf(guest: Guest, configuration: ReplyRecord, volumes: Volumes): MachineFacts {
  const uuid = uuidOf(configuration);
  return {
    id: guest.id,
    // A template is written to by nobody, and its linked clones stand on what it has.
    disks: guest.template ? [] : ownVolumes(guest, configuration, volumes),
    macs: adaptersOf(configuration).flatMap(({ mac }) => mac ?? []),
    ...(uuid === undefined ? {} : { uuid }),
  };
}

/** Discs are only read, what is unused is not used, and a folder of the node may be shared by containers. */
function ownVolumes({ node, type }: Guest, configuration: ReplyRecord, { cluster, shared }: Volumes): string[] {
  return disksOf(configuration).flatMap(({ key, volume, storage, media }) => {
    if (media === 'cdrom' || key.startsWith('unused')) return [];
    if (storage === undefined && type === 'lxc') return [];
    const options = parsePropertyString(textOf(configuration[key]) ?? '').properties;
    if (flagOf(options.get('ro'))) return [];
    const isShared = storage !== undefined && shared.has(storage);
    return [isShared ? `${cluster}/${volume}` : `${cluster}/${node}/${volume}`];
  });
}
