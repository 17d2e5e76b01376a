import { Fault } from '../../../errors/fault.ts';
import { suggestWords } from '../../../errors/near-words.ts';
import { listResources } from '../cluster/list-resources.ts';
import type { ProxmoxSession } from '../session.ts';

/** A machine of a list, and the node that it is on. */
export interface ListedGuest {
  readonly vmid: number;
  readonly node: string;
  readonly type: 'qemu' | 'lxc';
  readonly name: string;
  readonly pool: string | undefined;
}

/** All machines that the account may see. */
export async function listGuests(session: ProxmoxSession, signal: AbortSignal): Promise<ListedGuest[]> {
  const rows = await listResources(session, 'vm', signal);
  return rows
    .flatMap(({ vmid, node, type, name = '', pool }) =>
      vmid === undefined || node === undefined || (type !== 'qemu' && type !== 'lxc')
        ? []
        : [{ vmid, node, type, name, pool } as const],
    )
    .filter(({ vmid, name }) => session.allowsMachine({ id: idOfGuest(session, vmid), name }))
    .sort((a, b) => a.vmid - b.vmid);
}

/** Machines of this host by id, number or unique name. Throws `not_found` and `ambiguous`. */
export function pickGuests(
  session: ProxmoxSession,
  guests: readonly ListedGuest[],
  wanted: readonly string[],
): ListedGuest[] {
  const picked = wanted.map(reference => pickGuest(session, guests, reference));
  return [...new Map(picked.map(guest => [guest.vmid, guest])).values()];
}

export function idOfGuest({ host }: ProxmoxSession, vmid: number): string {
  return `proxmox:${host}/${vmid}`;
}

function pickGuest(session: ProxmoxSession, guests: readonly ListedGuest[], reference: string): ListedGuest {
  const exact = guests.find(({ vmid }) => reference === String(vmid) || reference === idOfGuest(session, vmid));
  if (exact !== undefined) return exact;
  const [first, ...others] = guests.filter(({ name }) => name === reference);
  if (first === undefined) {
    const candidates = guests.map(({ name }) => name);
    throw new Fault('not_found', `${session.host} has no machine "${reference}" that the account may see.`, {
      remedy: `${suggestWords(reference, candidates)}vm.list names them.`,
      data: { field: 'vms', candidates: candidates.slice(0, 100) },
    });
  }
  if (others.length === 0) return first;
  throw new Fault('ambiguous', `${session.host} has several machines that are called "${reference}".`, {
    remedy: 'Use an id.',
    data: { field: 'vms', candidates: [first, ...others].map(({ vmid }) => idOfGuest(session, vmid)) },
  });
}
