import type { ToolInput } from '../../../catalog/types.ts';
import { Fault } from '../../../errors/fault.ts';
import type { Operation, Planner } from '../../define-provider.ts';
import { type ProxmoxRequest, planRequest } from '../client/request.ts';
import type { ProxmoxSession } from '../session.ts';
import { findReplication, readReplication } from './read-replication.ts';

type Input = ToolInput<'replication.set'>;

export const setReplication: Operation<ProxmoxSession, 'replication.set'> = async (session, input, { signal }) => {
  const { request, id } = await prepare(session, input, signal);
  await session.client.send(request, { signal });
  return { job: await findReplication(session, id, signal) };
};

export const planSetReplication: Planner<ProxmoxSession, 'replication.set'> = async (session, input, { signal }) => {
  const { request, id } = await prepare(session, input, signal);
  return [planRequest(session.host, request, `Copy the disks to ${input.target} regularly, as job ${id}.`)];
};

export const removeReplication: Operation<ProxmoxSession, 'replication.remove'> = async (
  session,
  input,
  { signal },
) => {
  await findReplication(session, input.job, signal);
  await session.client.send(removeRequest(input), { signal });
  return { removed: input.job };
};

export const planRemoveReplication: Planner<ProxmoxSession, 'replication.remove'> = async (
  session,
  input,
  { signal },
) => {
  const { target } = await findReplication(session, input.job, signal);
  const copies = input.keepCopies ? 'keep' : 'delete';
  return [
    planRequest(
      session.host,
      removeRequest(input),
      `End the replication ${input.job}, and ${copies} what is on ${target}.`,
    ),
  ];
};

export const runReplication: Operation<ProxmoxSession, 'replication.run'> = async (session, { job }, { signal }) => {
  await session.client.send(await runRequest(session, job, signal), { signal });
  return { scheduled: job };
};

export const planRunReplication: Planner<ProxmoxSession, 'replication.run'> = async (session, { job }, { signal }) => {
  return [planRequest(session.host, await runRequest(session, job, signal), `Run the replication ${job} now.`)];
};

function removeRequest({ job, keepCopies }: ToolInput<'replication.remove'>): ProxmoxRequest {
  const params = { id: job, ...(keepCopies ? { keep: true } : {}) };
  return { method: 'DELETE', path: '/cluster/replication/{id}', params };
}

/** The node that the machine is on is the one that sends. */
async function runRequest(session: ProxmoxSession, id: string, signal: AbortSignal): Promise<ProxmoxRequest> {
  const { vm } = await findReplication(session, id, signal);
  const { node } = await session.findGuest(vm, signal);
  return { method: 'POST', path: '/nodes/{node}/replication/{id}/schedule_now', params: { node, id } };
}

async function prepare(session: ProxmoxSession, input: Input, signal: AbortSignal) {
  const { target, schedule, rateMegabytes, state, comment } = input;
  const guest = await session.findGuest(input.vm, signal);
  if (guest.node === target) {
    throw new Fault('conflict', `The machine "${guest.name}" is on ${target} itself.`, {
      remedy: 'Choose another node.',
      data: { field: 'target' },
    });
  }
  const own = (await readReplication(session, signal)).filter(({ vm }) => vm === guest.id);
  const existing = own.find(job => job.target === target);
  const id = existing?.id ?? `${guest.vmid}-${nextNumber(own)}`;
  const disable = state === undefined ? {} : { disable: state === 'disabled' };
  const settings = { schedule, rate: rateMegabytes, comment, ...disable };
  const request: ProxmoxRequest =
    existing === undefined
      ? { method: 'POST', path: '/cluster/replication', params: { id, target, type: 'local', ...settings } }
      : { method: 'PUT', path: '/cluster/replication/{id}', params: { id, ...settings } };
  return { request, id };
}

function nextNumber(jobs: readonly { readonly id: string }[]): number {
  return Math.max(-1, ...jobs.map(({ id }) => Number(id.split('-')[1]))) + 1;
}
