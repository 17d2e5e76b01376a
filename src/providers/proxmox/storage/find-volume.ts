import { Fault } from '../../../errors/fault.ts';
import { suggestWords } from '../../../errors/near-words.ts';
import { isLimited, requireAllowed } from '../cluster/allowed-machines.ts';
import type { ProxmoxSession } from '../session.ts';
import { findPlace } from './find-storage.ts';
import { type FoundVolume, readPlace } from './list-volumes.ts';

interface Wanted {
  readonly id: string;
  /** The field of the tool that names it. */
  readonly field: string;
  readonly node?: string | undefined;
  /** In Proxmox VE's own word. */
  readonly content?: string | undefined;
}

/** A volume by its id, with a node that reaches it. Throws `not_found` with similar ids. */
export async function findVolume(session: ProxmoxSession, wanted: Wanted, signal: AbortSignal): Promise<FoundVolume> {
  const { id, node, content, field } = wanted;
  const place = await findPlace(session, { storage: storageOf(id), node }, signal);
  const rows = await readPlace(session, place, { content }, signal);
  const row = rows.find(each => each.volid === id);
  if (row !== undefined) {
    await requireAllowed(session, row.vmid, signal);
    return { row, place };
  }
  const candidates = isLimited(session) ? [] : rows.map(each => each.volid);
  throw new Fault(
    'not_found',
    `The storage "${place.storage}" has no volume "${id}", seen from the node ${place.node}.`,
    {
      remedy: `${suggestWords(id, candidates)}storage.contents lists what there is; the storage of another node is its own.`,
      data: { field, candidates: candidates.slice(0, 100) },
    },
  );
}

/** `local` of `local:iso/debian.iso`. */
export function storageOf(volume: string): string {
  return volume.slice(0, volume.indexOf(':'));
}
