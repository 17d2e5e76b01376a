import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { cancelledFault, Fault } from '../../../errors/fault.ts';
import type { Task } from '../../../model/task.ts';
import type { Operation, Planner } from '../../define-provider.ts';
import { parseReply } from '../client/parse-reply.ts';
import { type ProxmoxRequest, planRequest } from '../client/request.ts';
import { refuseLimited, requireAllowed } from '../cluster/allowed-machines.ts';
import type { ProxmoxSession } from '../session.ts';
import { presentTask, readUpid, taskRow } from './read-task.ts';

const logRow = z.looseObject({ t: z.string().optional() });

/** How long a task may take to end once it was told to, in milliseconds. */
const stopMilliseconds = 30_000;
const lookMilliseconds = 300;

export const getTask: Operation<ProxmoxSession, 'task.get'> = async (session, input, { signal }) => {
  const { task: upid, limit, offset } = input;
  await requireTask(session, upid, signal);
  const params = { node: readUpid(upid).node, upid, start: offset, limit };
  const [task, reply] = await Promise.all([
    readTask(session, upid, signal),
    session.client.send({ method: 'GET', path: '/nodes/{node}/tasks/{upid}/log', params }, { signal }),
  ]);
  const rows = parseReply(z.array(logRow), reply, `the log of ${upid}`);
  return { task, log: rows.map(({ t = '' }) => t) };
};

export const stopTask: Operation<ProxmoxSession, 'task.stop'> = async (session, { task: upid }, { signal }) => {
  await requireTask(session, upid, signal);
  const task = await readTask(session, upid, signal);
  if (task.state !== 'running') return { task };
  await session.client.send(stopRequest(upid), { signal });
  return { task: await waitForEnd(session, upid, signal) };
};

export const planStopTask: Planner<ProxmoxSession, 'task.stop'> = async (session, { task: upid }, { signal }) => {
  await requireTask(session, upid, signal);
  const { state, kind, target } = await readTask(session, upid, signal);
  if (state !== 'running') return [];
  const what = target === undefined ? kind : `${kind} of ${target}`;
  return [planRequest(session.host, stopRequest(upid), `Stop the task ${what}.`)];
};

/** A task that is about no single machine may be about several. */
async function requireTask(session: ProxmoxSession, upid: string, signal: AbortSignal): Promise<void> {
  const { target } = readUpid(upid);
  if (/^\d+$/.test(target)) await requireAllowed(session, Number(target), signal);
  else refuseLimited(session, 'The task');
}

async function readTask({ client, host }: ProxmoxSession, upid: string, signal: AbortSignal): Promise<Task> {
  const params = { node: readUpid(upid).node, upid };
  const reply = await client.send({ method: 'GET', path: '/nodes/{node}/tasks/{upid}/status', params }, { signal });
  return presentTask(host, parseReply(taskRow, reply, `the task ${upid}`));
}

function stopRequest(upid: string): ProxmoxRequest {
  return { method: 'DELETE', path: '/nodes/{node}/tasks/{upid}', params: { node: readUpid(upid).node, upid } };
}

async function waitForEnd(session: ProxmoxSession, upid: string, signal: AbortSignal): Promise<Task> {
  const deadline = Date.now() + stopMilliseconds;
  for (;;) {
    const task = await readTask(session, upid, signal);
    if (task.state !== 'running') return task;
    if (Date.now() > deadline) {
      throw new Fault('timeout', `The task ${upid} was told to stop, and still runs.`, {
        remedy: 'Look again later with task.get.',
        data: { task: upid },
      });
    }
    await setTimeout(lookMilliseconds, undefined, { signal }).catch(() => {
      throw cancelledFault(signal, 'Waiting for the task to stop');
    });
  }
}
