import type { ToolInput } from '../../../catalog/types.ts';
import { Fault } from '../../../errors/fault.ts';
import type { HaResource } from '../../../model/cluster.ts';
import type { Operation, Planner } from '../../define-provider.ts';
import { type ProxmoxRequest, planRequest } from '../client/request.ts';
import type { ProxmoxSession } from '../session.ts';
import { serviceOf } from './ha-service.ts';
import { hasRules, readResources } from './read-ha.ts';

type Input = ToolInput<'ha.set'>;

export const setHa: Operation<ProxmoxSession, 'ha.set'> = async (session, input, { signal }) => {
  const { request, sid } = await prepare(session, input, signal);
  await session.client.send(request, { signal });
  return { resource: await findResource(session, sid, input.vm, signal) };
};

export const planSetHa: Planner<ProxmoxSession, 'ha.set'> = async (session, input, { signal }) => {
  const { request, sid } = await prepare(session, input, signal);
  const summary =
    request.method === 'POST' ? `Have the cluster look after ${sid}.` : `Change how the cluster looks after ${sid}.`;
  return [planRequest(session.host, request, summary)];
};

export const removeHa: Operation<ProxmoxSession, 'ha.remove'> = async (session, { vm }, { signal }) => {
  const sid = await requireSid(session, vm, signal);
  await session.client.send(removeRequest(sid), { signal });
  return { removed: sid };
};

export const planRemoveHa: Planner<ProxmoxSession, 'ha.remove'> = async (session, { vm }, { signal }) => {
  const sid = await requireSid(session, vm, signal);
  return [planRequest(session.host, removeRequest(sid), `Let the cluster no longer look after ${sid}.`)];
};

async function prepare(session: ProxmoxSession, input: Input, signal: AbortSignal) {
  const sid = serviceOf(await session.findGuest(input.vm, signal));
  const isNew = await hasRules(session, signal);
  if (isNew && input.group !== undefined) throw otherVersion('group', 'ha.rule.set says where machines run.');
  if (!isNew && input.failback !== undefined)
    throw otherVersion('failback', 'In Proxmox VE 8 it belongs to the group.');
  const exists = (await readResources(session, signal)).some(({ id }) => id === sid);
  const { state, maxRestart, maxRelocate, group, failback, comment } = input;
  const params = {
    sid,
    state,
    max_restart: maxRestart,
    max_relocate: maxRelocate,
    group,
    comment,
    ...(failback === undefined ? {} : { failback: failback === 'on' }),
  };
  const request: ProxmoxRequest = exists
    ? { method: 'PUT', path: '/cluster/ha/resources/{sid}', params }
    : { method: 'POST', path: '/cluster/ha/resources', params };
  return { request, sid };
}

function removeRequest(sid: string): ProxmoxRequest {
  return { method: 'DELETE', path: '/cluster/ha/resources/{sid}', params: { sid } };
}

async function requireSid(session: ProxmoxSession, vm: string, signal: AbortSignal): Promise<string> {
  const sid = serviceOf(await session.findGuest(vm, signal));
  return (await findResource(session, sid, vm, signal)).id;
}

async function findResource(
  session: ProxmoxSession,
  sid: string,
  vm: string,
  signal: AbortSignal,
): Promise<HaResource> {
  const found = (await readResources(session, signal)).find(({ id }) => id === sid);
  if (found !== undefined) return found;
  throw new Fault('not_found', `The cluster ${session.host} does not look after ${vm}.`, {
    remedy: 'ha.list tells what it looks after.',
    data: { field: 'vm' },
  });
}

function otherVersion(field: string, remedy: string): Fault {
  return new Fault('unsupported', `The version of Proxmox VE there does not have "${field}".`, {
    remedy,
    data: { field },
  });
}
