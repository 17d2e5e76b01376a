import type { ToolInput } from '../../../catalog/types.ts';
import { Fault } from '../../../errors/fault.ts';
import type { Operation, Planner } from '../../define-provider.ts';
import { type ProxmoxRequest, planRequest } from '../client/request.ts';
import type { ProxmoxSession } from '../session.ts';
import { deleteRequest, refuseProtected } from '../storage/delete-volume.ts';
import { findVolume } from '../storage/find-volume.ts';
import type { FoundVolume } from '../storage/list-volumes.ts';
import { presentBackup } from './present-backup.ts';

export const setBackup: Operation<ProxmoxSession, 'backup.set'> = async (session, input, { signal }) => {
  const found = await findBackup(session, input, signal);
  await session.client.send(setRequest(found, input), { signal });
  return { backup: presentBackup(session, await findBackup(session, input, signal)) };
};

export const planSetBackup: Planner<ProxmoxSession, 'backup.set'> = async (session, input, { signal }) => {
  const found = await findBackup(session, input, signal);
  return [planRequest(session.host, setRequest(found, input), `Change the backup ${input.backup}.`)];
};

export const deleteBackup: Operation<ProxmoxSession, 'backup.delete'> = async (session, input, call) => {
  const found = await findBackup(session, input, call.signal);
  refuseProtected(found);
  await session.client.runTask(deleteRequest(found), call, { what: `Deleting the backup ${input.backup}` });
  return { deleted: input.backup };
};

export const planDeleteBackup: Planner<ProxmoxSession, 'backup.delete'> = async (session, input, { signal }) => {
  const found = await findBackup(session, input, signal);
  refuseProtected(found);
  return [planRequest(session.host, deleteRequest(found), `Delete the backup ${input.backup}.`)];
};

/** Throws `not_found`. */
export function findBackup(
  session: ProxmoxSession,
  { backup, node }: { readonly backup: string; readonly node?: string | undefined },
  signal: AbortSignal,
): Promise<FoundVolume> {
  return findVolume(session, { id: backup, node, field: 'backup', content: 'backup' }, signal);
}

function setRequest({ row, place }: FoundVolume, { notes, protection }: ToolInput<'backup.set'>): ProxmoxRequest {
  if (notes === undefined && protection === undefined) {
    throw new Fault('invalid', 'There is nothing to change.', {
      remedy: 'Set "notes" or "protection".',
      data: { field: 'notes' },
    });
  }
  return {
    method: 'PUT',
    path: '/nodes/{node}/storage/{storage}/content/{volume}',
    params: {
      node: place.node,
      storage: place.storage,
      volume: row.volid,
      notes,
      ...(protection === undefined ? {} : { protected: protection === 'on' }),
    },
  };
}
