import { Fault } from '../../errors/fault.ts';
import type { Environment } from '../environment.ts';
import { ProxmoxClient } from './client/client.ts';
import { askClusterIdentity } from './client/cluster-identity.ts';
import { GuestList } from './client/guest-list.ts';
import { Remembered } from './client/remembered.ts';
import { closeConsoles } from './console/open-console.ts';
import { isOffered } from './privileges.ts';
import type { ProxmoxSession } from './session.ts';

const identityMilliseconds = 5 * 60_000;
/** Stands for an identity that the account may not see. */
const hidden = Symbol('hidden');

/** Reads the host's settings and asks it nothing yet. Throws `invalid` naming the setting that is wrong. */
export function openSession({ host, readSecret, log, paths, allowsMachine }: Environment): ProxmoxSession {
  if (host === undefined) throw new TypeError('Proxmox VE is asked at a host of the configuration.');
  const client = new ProxmoxClient({ host, readSecret, log });
  const guests = new GuestList(client);
  const identity = new Remembered(identityMilliseconds, signal => findIdentity(client, signal));
  return {
    host: host.name,
    client,
    log,
    paths,
    allowsMachine,
    findGuest: (vm, signal) => guests.find(vm, signal),
    listGuests: signal => guests.list(signal),
    clusterIdentity: async signal => {
      try {
        const told = await identity.get(signal);
        // A cluster that tells none yet may do so the next time.
        if (told === undefined) identity.forget();
        return told === hidden ? undefined : told;
      } catch (error) {
        // What is wrong with the connection, other answers tell.
        if (error instanceof Fault && !signal.aborted) return undefined;
        throw error;
      }
    },
  };
}

/** An account that may not see it is answered so, which holds for a while. */
async function findIdentity(client: ProxmoxClient, signal: AbortSignal): Promise<string | typeof hidden | undefined> {
  try {
    return await askClusterIdentity(client, signal);
  } catch (error) {
    if (error instanceof Fault && error.code === 'denied') return hidden;
    throw error;
  }
}

export async function closeSession(session: ProxmoxSession): Promise<void> {
  closeConsoles(session);
  await session.client.close();
}

/** Those of the tools that the version at the other end knows and the account may use on anything at all. */
export async function offeredTools(
  { client }: ProxmoxSession,
  tools: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const [{ major }, permissions] = await Promise.all([client.version(signal), client.permissions(signal)]);
  return tools.filter(tool => isOffered(tool, major, permissions));
}
