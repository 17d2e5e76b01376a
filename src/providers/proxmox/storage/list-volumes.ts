import { z } from 'zod';
import { explainError } from '../../../errors/explain-error.ts';
import type { MissingStorage, Volume } from '../../../model/storage.ts';
import { parseReply } from '../client/parse-reply.ts';
import type { ProxmoxRequest } from '../client/request.ts';
import { findAllowed } from '../cluster/allowed-machines.ts';
import { flag, number, text, toBytes, toTimestamp } from '../cluster/reply-values.ts';
import type { ProxmoxSession } from '../session.ts';
import { toContent } from './content-kinds.ts';
import { listPlaces, type StorageFilter, type StoragePlace } from './find-storage.ts';

const row = z.looseObject({
  volid: z.string(),
  content: text,
  format: text,
  subtype: text,
  size: number,
  'approximate-size': number,
  ctime: number,
  vmid: number,
  notes: text,
  protected: flag,
  encrypted: text,
  verification: z.looseObject({ state: text }).optional().catch(undefined),
});
export type VolumeRow = z.infer<typeof row>;

export interface FoundVolume {
  readonly row: VolumeRow;
  readonly place: StoragePlace;
}

export interface VolumeFilter extends StorageFilter {
  readonly vmid?: number | undefined;
}

/** What lies in one storage. */
export async function readPlace(
  { client }: ProxmoxSession,
  { storage, node }: Pick<StoragePlace, 'storage' | 'node'>,
  { content, vmid }: VolumeFilter,
  signal: AbortSignal,
): Promise<VolumeRow[]> {
  const path = '/nodes/{node}/storage/{storage}/content';
  const request: ProxmoxRequest = { method: 'GET', path, params: { node, storage, content, vmid } };
  return parseReply(z.array(row), await client.send(request, { signal }), `the content of ${storage}`);
}

/** What lies in all storages that fit, asked side by side; those that do not answer are named. */
export async function readPlaces(
  session: ProxmoxSession,
  filter: VolumeFilter,
  signal: AbortSignal,
): Promise<{ found: FoundVolume[]; missing: MissingStorage[] }> {
  const places = await listPlaces(session, filter, signal);
  const isAllowed = await findAllowed(session, signal);
  const found: FoundVolume[] = [];
  const missing: MissingStorage[] = [];
  await Promise.all(
    places.map(async place => {
      const { storage, node } = place;
      if (!place.available) {
        missing.push({ storage, node, reason: 'It is not available now.' });
        return;
      }
      try {
        found.push(...(await readPlace(session, place, filter, signal)).map(row => ({ row, place })));
      } catch (error) {
        if (signal.aborted) throw error;
        missing.push({ storage, node, reason: explainError(error).reason });
      }
    }),
  );
  return { found: found.filter(({ row: { vmid } }) => vmid === undefined || isAllowed(vmid)), missing };
}

export function presentVolume({ host }: ProxmoxSession, { row, place }: FoundVolume): Volume {
  const sizeBytes = toBytes(row.size ?? row['approximate-size']);
  const createdAt = toTimestamp(row.ctime);
  const isGuest = row.vmid !== undefined && row.vmid >= 100;
  return {
    id: row.volid,
    host,
    node: place.node,
    storage: place.storage,
    content: toContent(row.content ?? 'unknown'),
    ...(row.format === undefined ? {} : { format: row.format }),
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(isGuest ? { vm: `proxmox:${host}/${row.vmid}` } : {}),
    ...(row.notes === undefined ? {} : { notes: row.notes }),
    ...(row.protected === undefined ? {} : { protected: row.protected }),
  };
}
