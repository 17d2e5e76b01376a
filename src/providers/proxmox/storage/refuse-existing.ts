import { Fault } from '../../../errors/fault.ts';
import type { ProxmoxSession } from '../session.ts';
import { toContent } from './content-kinds.ts';
import type { StoragePlace } from './find-storage.ts';
import { readPlace } from './list-volumes.ts';

/** The id that a file of that name gets in the storage. */
export function idOfFile(storage: string, content: string, name: string): string {
  return `${storage}:${content}/${name}`;
}

/** Nothing is replaced by what is sent or fetched. Throws `conflict`. */
export async function refuseExisting(
  session: ProxmoxSession,
  place: StoragePlace,
  { content, name }: { readonly content: string; readonly name: string },
  signal: AbortSignal,
): Promise<void> {
  const id = idOfFile(place.storage, content, name);
  const rows = await readPlace(session, place, { content }, signal);
  if (!rows.some(({ volid }) => volid === id)) return;
  throw new Fault('conflict', `The storage "${place.storage}" has a ${toContent(content)} "${name}" already.`, {
    remedy: 'Choose another name, or delete it first with storage.delete.',
    data: { field: 'name', existing: id },
  });
}

/** Throws `conflict` when a file of that size will not fit. */
export function refuseTooLarge({ storage, freeBytes }: StoragePlace, bytes: number | undefined): void {
  if (bytes === undefined || freeBytes === undefined || bytes <= freeBytes) return;
  throw new Fault('conflict', `The storage "${storage}" has room for ${freeBytes} bytes; ${bytes} are needed.`, {
    remedy: 'Make room, or choose another storage; storage.list tells what is free.',
    data: { field: 'storage', freeBytes, neededBytes: bytes },
  });
}

/** Throws `invalid` where neither the caller nor the name says what it is. */
export function requireContent<Content extends string>(content: Content | undefined, name: string): Content {
  if (content !== undefined) return content;
  throw new Fault('invalid', `The name "${name}" does not tell what kind of file it is.`, {
    remedy: 'Set "content" to iso, template or import, and give a name with the suffix that such files have.',
    data: { field: 'content' },
  });
}
