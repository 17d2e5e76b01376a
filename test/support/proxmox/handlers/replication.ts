import { ApiError } from '../schema/api-error.ts';
import type { HandlerCall, Handlers } from '../state/handler.ts';
import { sectionHandlers } from './sections.ts';

const parts = (id: string) => ({ guest: Number(id.split('-')[0]), jobnum: Number(id.split('-')[1]) });

function requireJob({ cluster, params }: HandlerCall) {
  const job = cluster.section('replication').get(params.text('id'));
  if (job === undefined) throw new ApiError(500, `no such replication job '${params.text('id')}'`);
  return job;
}

function stateOf(call: HandlerCall, job: Record<string, unknown>) {
  const time = Math.floor(Date.now() / 1000);
  const last = typeof job['last-run'] === 'number' ? job['last-run'] : 0;
  const source = call.cluster.guests.get(Number(job.guest))?.node;
  return {
    ...job,
    vmtype: 'qemu',
    source,
    last_sync: last,
    last_try: last,
    next_sync: time + 900,
    fail_count: 0,
    duration: 1.5,
  };
}

export const replicationHandlers: Handlers = {
  ...sectionHandlers({
    kind: 'replication',
    at: '/cluster/replication',
    key: 'id',
    word: 'replication job',
    check: ({ cluster, params }, id) => {
      const guest = cluster.guests.get(parts(id).guest);
      if (guest === undefined) throw new ApiError(500, `Guest '${parts(id).guest}' does not exist.`);
      if (!cluster.nodes.has(params.text('target')))
        throw new ApiError(500, `Target '${params.text('target')}' does not exist.`);
      if (params.text('target') === guest.node) throw new ApiError(500, 'Source and target must not be identical');
    },
    existing: id => new ApiError(500, `replication job '${id}' already exists`),
    missing: (id, { method }) => new ApiError(500, `no such ${method.verb === 'GET' ? 'replication ' : ''}job '${id}'`),
    more: ({ params }, id) => ({ ...parts(id), ...(params.has('schedule') ? {} : { schedule: '*/15' }) }),
  }),
  'GET /nodes/{node}/replication': call =>
    [...call.cluster.section('replication').values()]
      .filter(job => call.cluster.guests.get(Number(job.guest))?.node === call.params.text('node'))
      .map(job => stateOf(call, job)),
  'GET /nodes/{node}/replication/{id}/status': call => stateOf(call, requireJob(call)),
  'GET /nodes/{node}/replication/{id}/log': () => [{ n: 1, t: 'end replication job' }],
  'POST /nodes/{node}/replication/{id}/schedule_now': call => {
    requireJob(call)['last-run'] = Math.floor(Date.now() / 1000);
    return call.params.text('id');
  },
};
