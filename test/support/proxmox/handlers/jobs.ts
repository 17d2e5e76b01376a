import { ApiError, parameterError } from '../schema/api-error.ts';
import { nameOf } from '../state/guests.ts';
import type { Handlers } from '../state/handler.ts';
import { sectionHandlers } from './sections.ts';

/** `keep-last=3,keep-daily=7` is told as an object. */
function asObject(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const pairs = value.split(',').map(part => part.split('='));
  return Object.fromEntries(pairs.map(([key = '', text = '']) => [key, /^\d+$/.test(text) ? Number(text) : text]));
}

/** Backup jobs. */
export const jobHandlers: Handlers = {
  ...sectionHandlers({
    kind: 'backup',
    at: '/cluster/backup',
    key: 'id',
    word: 'backup job',
    check: ({ params }) => {
      if (!params.has('schedule') && !params.has('starttime')) {
        throw parameterError({ schedule: "neither 'starttime' nor 'schedule' were set" });
      }
    },
    existing: id => new ApiError(500, `Job '${id}' already exists`),
    missing: (id, { method }) =>
      method.verb === 'PUT' ? new ApiError(500, 'no such vzdump job') : parameterError({ id: `No such job '${id}'` }),
    newKey: () => `backup-${crypto.randomUUID().slice(0, 13)}`,
    more: ({ params }) => (params.has('enabled') ? {} : { enabled: 1 }),
    present: (_, entry) => ({
      type: 'vzdump',
      'next-run': Math.floor(Date.now() / 1000) + 3600,
      ...Object.fromEntries(
        ['prune-backups', 'fleecing', 'performance']
          .filter(name => entry[name] !== undefined)
          .map(name => [name, asObject(entry[name])]),
      ),
    }),
  }),
  'GET /cluster/backup/{id}/included_volumes': ({ cluster, params }) => {
    const job = cluster.section('backup').get(params.text('id'));
    if (job === undefined) throw parameterError({ id: `No such job '${params.text('id')}'` });
    const ids = String(job.vmid ?? '').split(',');
    const guests = [...cluster.guests.values()].filter(guest => job.all === 1 || ids.includes(String(guest.vmid)));
    return { children: guests.map(guest => ({ id: guest.vmid, name: nameOf(guest), type: guest.type, children: [] })) };
  },
  'GET /cluster/jobs/schedule-analyze': ({ params }) => {
    const begin = params.maybeNumber('starttime') ?? Math.floor(Date.now() / 1000);
    return Array.from({ length: params.maybeNumber('iterations') ?? 10 }, (_, index) => {
      const timestamp = begin + (index + 1) * 86_400;
      return { timestamp, utc: new Date(timestamp * 1000).toISOString() };
    });
  },
};
