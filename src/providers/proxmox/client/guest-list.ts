import { z } from 'zod';
import { Fault } from '../../../errors/fault.ts';
import { nearWords } from '../../../errors/near-words.ts';
import type { Guest } from '../session.ts';
import type { ProxmoxClient } from './client.ts';
import { parseReply } from './parse-reply.ts';
import { Remembered } from './remembered.ts';

const rawGuests = z.array(
  z.object({
    type: z.string(),
    node: z.string(),
    vmid: z.number(),
    name: z.string().optional(),
    status: z.string().optional(),
    template: z.boolean().optional(),
    lock: z.string().optional(),
    tags: z.string().optional(),
  }),
);

/** How long the list stands for itself while nothing is changed from here. */
const keptMilliseconds = 2000;

/** The machines and containers of a cluster, and where each of them is. */
export class GuestList {
  readonly #client: ProxmoxClient;
  readonly #guests = new Remembered(keptMilliseconds, signal => this.#ask(signal));

  constructor(client: ProxmoxClient) {
    this.#client = client;
    client.onChange(() => this.#guests.forget());
  }

  list(signal: AbortSignal): Promise<readonly Guest[]> {
    return this.#guests.get(signal);
  }

  /** Where the machine of that id is now. Throws `not_found` with similar names. */
  async find(id: string, signal: AbortSignal): Promise<Guest> {
    const isFresh = this.#guests.age === undefined;
    const known = (await this.list(signal)).find(guest => guest.id === id);
    if (known !== undefined) return known;
    // It may have been made by somebody else a moment ago.
    if (!isFresh) this.#guests.forget();
    const guests = await this.list(signal);
    const found = guests.find(guest => guest.id === id);
    if (found !== undefined) return found;
    throw missing(this.#client.host, id, guests);
  }

  async #ask(signal: AbortSignal): Promise<readonly Guest[]> {
    const raw = await this.#client.send(
      { method: 'GET', path: '/cluster/resources', params: { type: 'vm' } },
      { signal },
    );
    return parseReply(rawGuests, raw, 'its machines').flatMap(guest => present(guest, this.#client.host));
  }
}

function present(raw: z.infer<typeof rawGuests>[number], host: string): Guest[] {
  const { type, node, vmid, name, status = 'unknown', template = false, lock, tags = '' } = raw;
  if (type !== 'qemu' && type !== 'lxc') return [];
  const words = tags.split(/[;, ]+/).filter(tag => tag !== '');
  const id = `proxmox:${host}/${vmid}`;
  // A node that does not answer tells no names.
  return [{ id, node, type, vmid, name: name ?? String(vmid), status, template, lock, tags: words }];
}

function missing(host: string, id: string, guests: readonly Guest[]): Fault {
  const wanted = id.slice(id.indexOf('/') + 1);
  const near = new Set([
    ...nearWords(
      wanted,
      guests.map(({ name }) => name),
    ),
    ...nearWords(
      wanted,
      guests.map(({ vmid }) => String(vmid)),
    ),
  ]);
  const candidates = guests.filter(({ name, vmid }) => near.has(name) || near.has(String(vmid))).slice(0, 5);
  const words = candidates.map(guest => `${guest.id} (${guest.name})`);
  return new Fault('not_found', `The host "${host}" has no machine ${JSON.stringify(wanted.slice(0, 100))}.`, {
    remedy: words.length > 0 ? `Did you mean ${words.join(' or ')}?` : 'See vm.list for the machines there are.',
    data: { field: 'vm', candidates: candidates.map(guest => guest.id) },
  });
}
