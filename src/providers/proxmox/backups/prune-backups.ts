import { z } from 'zod';
import type { ToolInput } from '../../../catalog/types.ts';
import type { Operation, Planner } from '../../define-provider.ts';
import { parseReply } from '../client/parse-reply.ts';
import { type ProxmoxRequest, planRequest } from '../client/request.ts';
import { refuseLimited } from '../cluster/allowed-machines.ts';
import { text } from '../cluster/reply-values.ts';
import type { ProxmoxSession } from '../session.ts';
import { findPlace } from '../storage/find-storage.ts';
import { writeKeepRules } from './keep-rules.ts';

const row = z.looseObject({ volid: z.string(), mark: text });

export const pruneBackups: Operation<ProxmoxSession, 'backup.prune'> = async (session, input, call) => {
  const { deleted, kept, request } = await prepare(session, input, call.signal);
  if (deleted.length === 0) return { deleted, kept };
  const end = await session.client.runTask(request, call, { what: `Deleting ${deleted.length} backups` });
  return { deleted, kept, task: end.upid };
};

export const planPruneBackups: Planner<ProxmoxSession, 'backup.prune'> = async (session, input, { signal }) => {
  const { deleted, kept, request } = await prepare(session, input, signal);
  if (deleted.length === 0) return [];
  const told = planRequest(session.host, request, `Delete ${deleted.length} backups; ${kept} stay.`);
  return [told, ...deleted.map(volume => ({ summary: `This deletes ${volume}.` }))];
};

interface Prepared {
  readonly deleted: string[];
  readonly kept: number;
  readonly request: ProxmoxRequest;
}

/** Asks the host itself which backups it would delete. */
async function prepare(
  session: ProxmoxSession,
  input: ToolInput<'backup.prune'>,
  signal: AbortSignal,
): Promise<Prepared> {
  const { storage, node, keep, vm, kind } = input;
  if (vm === undefined) refuseLimited(session, 'Pruning a storage');
  const rules = writeKeepRules(keep);
  const vmid = vm === undefined ? undefined : (await session.findGuest(vm, signal)).vmid;
  const place = await findPlace(session, { storage, node, content: 'backup' }, signal);
  const type = kind === undefined ? undefined : kind === 'vm' ? 'qemu' : 'lxc';
  const params = { node: place.node, storage, 'prune-backups': rules, vmid, type };
  const path = '/nodes/{node}/storage/{storage}/prunebackups';
  const reply = await session.client.send({ method: 'GET', path, params }, { signal });
  const rows = parseReply(z.array(row), reply, `the backups in ${storage}`);
  const deleted = rows.filter(({ mark }) => mark === 'remove').map(({ volid }) => volid);
  return { deleted, kept: rows.length - deleted.length, request: { method: 'DELETE', path, params } };
}
