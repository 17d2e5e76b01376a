import type { Backup } from '../../../model/backup.ts';
import type { CallContext } from '../../../model/call.ts';
import type { Operation, Planner } from '../../define-provider.ts';
import type { TaskEnd } from '../client/client.ts';
import { planRequest } from '../client/request.ts';
import { warningsOf } from '../machines/step.ts';
import type { ProxmoxSession } from '../session.ts';
import { findPlace } from '../storage/find-storage.ts';
import { readPlace } from '../storage/list-volumes.ts';
import { type NodeBackup, planNodeBackups } from './plan-backup.ts';
import { byAge, presentBackup } from './present-backup.ts';

export const runBackup: Operation<ProxmoxSession, 'backup.run'> = async (session, input, call) => {
  const parts = await planNodeBackups(session, input, call.signal);
  const backups: Backup[] = [];
  const ends: TaskEnd[] = [];
  for (const [index, part] of parts.entries()) {
    const before = new Set((await listMade(session, part, call.signal)).map(({ id }) => id));
    const what = `Backing up ${part.vmids.join(', ')} on ${part.node}`;
    const end = await session.client.runTask(part.request, shareProgress(call, index, parts.length), { what });
    ends.push(end);
    backups.push(...(await listMade(session, part, call.signal)).filter(({ id }) => !before.has(id)));
  }
  return { backups: backups.sort(byAge), tasks: ends.map(({ upid }) => upid), ...warningsOf(ends) };
};

export const planRunBackup: Planner<ProxmoxSession, 'backup.run'> = async (session, input, { signal }) => {
  const parts = await planNodeBackups(session, input, signal);
  return parts.map(({ request, vmids, node, storage }) =>
    planRequest(session.host, request, `Back up ${vmids.join(', ')} from ${node} into ${storage}.`),
  );
};

/** The backups of these machines that the storage has. */
async function listMade(
  session: ProxmoxSession,
  { node, storage, vmids }: NodeBackup,
  signal: AbortSignal,
): Promise<Backup[]> {
  const place = await findPlace(session, { storage, node }, signal);
  const rows = await readPlace(session, place, { content: 'backup' }, signal);
  return rows
    .filter(({ vmid }) => vmid !== undefined && vmids.includes(vmid))
    .map(row => presentBackup(session, { row, place }));
}

/** One part of several, so that the whole never goes back. */
function shareProgress(call: CallContext, index: number, parts: number): CallContext {
  return {
    ...call,
    progress: ({ fraction, message }) =>
      call.progress({ ...(fraction === undefined ? {} : { fraction: (index + fraction) / parts }), message }),
  };
}
