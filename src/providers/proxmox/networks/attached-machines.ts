import type { Network } from '../../../model/network.ts';
import { adaptersOf } from '../machines/machine-parts.ts';
import { readConfiguration } from '../machines/read-machine.ts';
import type { Guest, ProxmoxSession } from '../session.ts';

/** So many configurations are read for a list; each takes a request. */
const mostRead = 200;

export interface Attached {
  /** Names of bridges and vnets, by the machine. */
  readonly bridges: ReadonlyMap<Guest, readonly string[]>;
  /** What was not looked at, and why. */
  readonly unread: readonly string[];
}

/** Which machine is attached to what, which is told by nothing but the configuration of each. */
export async function readAttached(
  session: ProxmoxSession,
  signal: AbortSignal,
  isWanted: (guest: Guest) => boolean = () => true,
  most = mostRead,
): Promise<Attached> {
  const wanted = (await session.listGuests(signal)).filter(isWanted);
  const bridges = new Map<Guest, readonly string[]>();
  const unread = wanted.length > most ? [`${wanted.length - most} machines: there are more than ${most}`] : [];
  await Promise.all(
    wanted.slice(0, most).map(async guest => {
      try {
        const adapters = adaptersOf(await readConfiguration(session, guest, signal));
        bridges.set(
          guest,
          adapters.flatMap(({ bridge }) => bridge ?? []),
        );
      } catch (error) {
        if (signal.aborted) throw error;
        unread.push(`${guest.id}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }),
  );
  return { bridges, unread };
}

/** Ids of the machines on a network: bridges are of one node, vnets of all. */
export function machinesOn({ name, node }: Network, { bridges }: Pick<Attached, 'bridges'>): string[] {
  return [...bridges]
    .filter(([guest, names]) => names.includes(name) && (node === undefined || guest.node === node))
    .map(([guest]) => guest.id)
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}
