import { z } from 'zod';
import { explainError } from '../../../errors/explain-error.ts';
import type { Task } from '../../../model/task.ts';
import type { Operation } from '../../define-provider.ts';
import { parseReply } from '../client/parse-reply.ts';
import type { ProxmoxRequest } from '../client/request.ts';
import { findAllowed } from '../cluster/allowed-machines.ts';
import { listOnlineNodes } from '../cluster/list-resources.ts';
import type { ProxmoxSession } from '../session.ts';
import { presentTask, taskRow } from './read-task.ts';

export const listTasks: Operation<ProxmoxSession, 'task.list'> = async (session, input, { signal }) => {
  const { node, vm, kind, running, failed, limit } = input;
  const vmid = vm === undefined ? undefined : (await session.findGuest(vm, signal)).vmid;
  const nodes = node === undefined ? await listOnlineNodes(session, signal) : [node];
  const filter = {
    source: running ? 'active' : 'all',
    limit,
    vmid,
    typefilter: kind,
    ...(failed ? { errors: true } : {}),
  };
  const tasks: Task[] = [];
  const missing: { node: string; reason: string }[] = [];
  await Promise.all(
    nodes.map(async each => {
      try {
        tasks.push(...(await readTasks(session, { node: each, ...filter }, signal)));
      } catch (error) {
        // One node that is asked for by name has to answer.
        if (signal.aborted || node !== undefined) throw error;
        missing.push({ node: each, reason: explainError(error).reason });
      }
    }),
  );
  const isAllowed = await findAllowed(session, signal);
  const wanted = tasks.filter(
    ({ state, target = '' }) =>
      !(running && state !== 'running') &&
      !(failed && state !== 'failed') &&
      (!/^\d+$/.test(target) || isAllowed(Number(target))),
  );
  return { tasks: wanted.sort(newestFirst).slice(0, limit), missing };
};

async function readTasks(
  { client, host }: ProxmoxSession,
  params: NonNullable<ProxmoxRequest['params']>,
  signal: AbortSignal,
): Promise<Task[]> {
  const reply = await client.send({ method: 'GET', path: '/nodes/{node}/tasks', params }, { signal });
  return parseReply(z.array(taskRow), reply, `the tasks of ${host}`).map(row => presentTask(host, row));
}

function newestFirst(a: Task, b: Task): number {
  return b.startedAt.localeCompare(a.startedAt) || a.id.localeCompare(b.id);
}
