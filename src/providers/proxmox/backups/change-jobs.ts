import type { ToolInput } from '../../../catalog/types.ts';
import { Fault } from '../../../errors/fault.ts';
import type { Operation, Planner } from '../../define-provider.ts';
import { type ProxmoxRequest, planRequest } from '../client/request.ts';
import { refuseLimited } from '../cluster/allowed-machines.ts';
import type { ProxmoxSession } from '../session.ts';
import { writeKeepRules } from './keep-rules.ts';
import { findJob, readJobs } from './read-jobs.ts';
import { listGuests, pickGuests } from './resolve-guests.ts';

type Create = ToolInput<'backup.job.create'>;
type Change = ToolInput<'backup.job.set'>;

export const listJobs: Operation<ProxmoxSession, 'backup.job.list'> = async (session, _input, { signal }) => {
  return { jobs: await readJobs(session, signal) };
};

export const createJob: Operation<ProxmoxSession, 'backup.job.create'> = async (session, input, { signal }) => {
  const { request, before } = await prepareCreate(session, input, signal);
  await session.client.send(request, { signal });
  const jobs = await readJobs(session, signal);
  // The host itself gives it an id where none was given.
  const made = jobs.find(({ id }) => (input.id === undefined ? !before.has(id) : id === input.id));
  if (made !== undefined) return { job: made };
  throw new Fault('failed', `The backup job was made, but ${session.host} does not list it.`, {
    remedy: 'Look with backup.job.list.',
  });
};

export const planCreateJob: Planner<ProxmoxSession, 'backup.job.create'> = async (session, input, { signal }) => {
  const { request } = await prepareCreate(session, input, signal);
  return [planRequest(session.host, request, `Schedule backups into ${input.storage}: ${input.schedule}.`)];
};

export const setJob: Operation<ProxmoxSession, 'backup.job.set'> = async (session, input, { signal }) => {
  await session.client.send(await prepareSet(session, input, signal), { signal });
  return { job: await findJob(session, input.job, signal) };
};

export const planSetJob: Planner<ProxmoxSession, 'backup.job.set'> = async (session, input, { signal }) => {
  return [planRequest(session.host, await prepareSet(session, input, signal), `Change the backup job ${input.job}.`)];
};

export const deleteJob: Operation<ProxmoxSession, 'backup.job.delete'> = async (session, { job }, { signal }) => {
  refuseLimited(session, 'A backup job');
  await findJob(session, job, signal);
  await session.client.send(deleteRequest(job), { signal });
  return { deleted: job };
};

export const planDeleteJob: Planner<ProxmoxSession, 'backup.job.delete'> = async (session, { job }, { signal }) => {
  refuseLimited(session, 'A backup job');
  await findJob(session, job, signal);
  return [planRequest(session.host, deleteRequest(job), `Delete the backup job ${job}.`)];
};

function deleteRequest(id: string): ProxmoxRequest {
  return { method: 'DELETE', path: '/cluster/backup/{id}', params: { id } };
}

async function prepareCreate(session: ProxmoxSession, input: Create, signal: AbortSignal) {
  const { id, schedule, storage, disabled } = input;
  if (input.vms === undefined) refuseLimited(session, 'A backup job');
  if (countWays(input) !== 1)
    throw unclear('Exactly one of "vms", "pool" and "all" says which machines a job backs up.');
  const before = new Set((await readJobs(session, signal)).map(job => job.id));
  if (id !== undefined && before.has(id)) {
    throw new Fault('conflict', `There is a backup job "${id}" already.`, {
      remedy: 'Choose another id, or change it with backup.job.set.',
      data: { field: 'id', existing: id },
    });
  }
  const settings = await settingsOf(session, input, signal);
  const params = { id, schedule, storage, ...settings, ...(disabled ? { enabled: false } : {}) };
  return { before, request: { method: 'POST', path: '/cluster/backup', params } satisfies ProxmoxRequest };
}

async function prepareSet(session: ProxmoxSession, input: Change, signal: AbortSignal): Promise<ProxmoxRequest> {
  const { job, schedule, storage, state } = input;
  refuseLimited(session, 'A backup job');
  if (countWays(input) > 1) throw unclear('At most one of "vms", "pool" and "all" can be set.');
  await findJob(session, job, signal);
  const settings = await settingsOf(session, input, signal);
  const enabled = state === undefined ? {} : { enabled: state === 'enabled' };
  return {
    method: 'PUT',
    path: '/cluster/backup/{id}',
    params: { id: job, schedule, storage, ...settings, ...enabled },
  };
}

function countWays({ vms, pool, all }: Pick<Create, 'vms' | 'pool' | 'all'>): number {
  return [vms !== undefined, pool !== undefined, all].filter(Boolean).length;
}

async function settingsOf(session: ProxmoxSession, input: Create | Change, signal: AbortSignal) {
  const { vms, pool, all, exclude, node, mode, compress, comment, notes, keep } = input;
  const guests = vms === undefined && exclude === undefined ? [] : await listGuests(session, signal);
  const numbers = (wanted: readonly string[]) =>
    pickGuests(session, guests, wanted)
      .map(({ vmid }) => vmid)
      .join(',');
  return {
    vmid: vms === undefined ? undefined : numbers(vms),
    pool,
    all: all ? true : undefined,
    exclude: exclude === undefined ? undefined : numbers(exclude),
    node,
    mode,
    compress: compress === 'none' ? '0' : compress,
    comment,
    'notes-template': notes,
    'prune-backups': keep === undefined ? undefined : writeKeepRules(keep),
  };
}

function unclear(message: string): Fault {
  return new Fault('invalid', message, { data: { field: 'vms' } });
}
