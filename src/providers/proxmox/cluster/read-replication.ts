import { z } from 'zod';
import { Fault } from '../../../errors/fault.ts';
import { suggestWords } from '../../../errors/near-words.ts';
import type { ReplicationJob } from '../../../model/cluster.ts';
import type { Operation } from '../../define-provider.ts';
import { parseReply } from '../client/parse-reply.ts';
import type { ProxmoxSession } from '../session.ts';
import { findAllowed, numberOf, requireAllowed } from './allowed-machines.ts';
import { listOnlineNodes } from './list-resources.ts';
import { flag, number, text, toTimestamp } from './reply-values.ts';

const row = z.looseObject({
  id: z.string(),
  guest: number,
  source: text,
  target: text,
  schedule: text,
  rate: number,
  disable: flag,
  comment: text,
});
const stateRow = z.looseObject({
  id: z.string(),
  source: text,
  last_sync: number,
  next_sync: number,
  duration: number,
  error: text,
});
type StateRow = z.infer<typeof stateRow>;

export const listReplication: Operation<ProxmoxSession, 'replication.list'> = async (session, { vm }, { signal }) => {
  const wanted = vm === undefined ? undefined : (await session.findGuest(vm, signal)).id;
  const jobs = await readReplication(session, signal);
  const isAllowed = await findAllowed(session, signal);
  return { jobs: jobs.filter(({ vm: id }) => (wanted === undefined || id === wanted) && isAllowed(numberOf(id))) };
};

export async function readReplication(session: ProxmoxSession, signal: AbortSignal): Promise<ReplicationJob[]> {
  const reply = await session.client.send({ method: 'GET', path: '/cluster/replication' }, { signal });
  const rows = parseReply(z.array(row), reply, 'the replication');
  if (rows.length === 0) return [];
  const states = await readStates(session, signal);
  return rows.map(job => presentJob(session, job, states.get(job.id)));
}

/** Throws `not_found` with similar ids. */
export async function findReplication(
  session: ProxmoxSession,
  id: string,
  signal: AbortSignal,
): Promise<ReplicationJob> {
  const jobs = await readReplication(session, signal);
  const found = jobs.find(job => job.id === id);
  if (found !== undefined) {
    await requireAllowed(session, numberOf(found.vm), signal);
    return found;
  }
  const candidates = jobs.map(job => job.id);
  throw new Fault('not_found', `${session.host} has no replication "${id}".`, {
    remedy: `${suggestWords(id, candidates)}replication.list names them.`,
    data: { field: 'job', candidates },
  });
}

/** Each node tells of what it sends itself; one that does not answer leaves its jobs without times. */
async function readStates(session: ProxmoxSession, signal: AbortSignal): Promise<Map<string, StateRow>> {
  const nodes = await listOnlineNodes(session, signal);
  const states = new Map<string, StateRow>();
  await Promise.all(
    nodes.map(async node => {
      try {
        const params = { node };
        const reply = await session.client.send(
          { method: 'GET', path: '/nodes/{node}/replication', params },
          { signal },
        );
        for (const state of parseReply(z.array(stateRow), reply, `the replication of ${node}`)) {
          states.set(state.id, { ...state, source: state.source ?? node });
        }
      } catch (error) {
        if (signal.aborted) throw error;
        session.log.debug(`The node ${node} of ${session.host} did not tell of its replication: ${String(error)}`);
      }
    }),
  );
  return states;
}

function presentJob(session: ProxmoxSession, job: z.infer<typeof row>, state: StateRow | undefined): ReplicationJob {
  const guest = job.guest ?? Number(job.id.split('-', 1)[0]);
  const source = job.source ?? state?.source;
  const lastSync = toTimestamp(state?.last_sync);
  const nextSync = toTimestamp(state?.next_sync);
  return {
    id: job.id,
    vm: `proxmox:${session.host}/${guest}`,
    ...(source === undefined ? {} : { source }),
    target: job.target ?? '',
    // What is not written is the default.
    schedule: job.schedule ?? '*/15',
    ...(job.rate === undefined ? {} : { rateMegabytes: job.rate }),
    enabled: job.disable !== true,
    ...(job.comment === undefined ? {} : { comment: job.comment }),
    ...(lastSync === undefined ? {} : { lastSync }),
    ...(nextSync === undefined ? {} : { nextSync }),
    ...(state?.duration === undefined ? {} : { durationSeconds: state.duration }),
    ...(state?.error === undefined ? {} : { problem: state.error }),
  };
}
