import { z } from 'zod';
import { Fault } from '../../../errors/fault.ts';
import { suggestWords } from '../../../errors/near-words.ts';
import type { BackupJob } from '../../../model/backup.ts';
import { parseReply } from '../client/parse-reply.ts';
import { flag, number, text, toTimestamp, words } from '../cluster/reply-values.ts';
import type { ProxmoxSession } from '../session.ts';
import { idOfGuest } from './resolve-guests.ts';

const row = z.looseObject({
  id: z.string(),
  enabled: flag,
  schedule: text,
  starttime: text,
  dow: text,
  storage: text,
  all: flag,
  vmid: words,
  exclude: words,
  pool: text,
  node: text,
  mode: text,
  compress: text,
  comment: text,
  'notes-template': text,
  // Versions differ in whether it is a text or its parts.
  'prune-backups': z.unknown().optional(),
  'next-run': number,
});

export async function readJobs(session: ProxmoxSession, signal: AbortSignal): Promise<BackupJob[]> {
  const reply = await session.client.send({ method: 'GET', path: '/cluster/backup' }, { signal });
  return parseReply(z.array(row), reply, 'the backup jobs').map(job => presentJob(session, job));
}

/** Throws `not_found` with similar ids. */
export async function findJob(session: ProxmoxSession, id: string, signal: AbortSignal): Promise<BackupJob> {
  const jobs = await readJobs(session, signal);
  const found = jobs.find(job => job.id === id);
  if (found !== undefined) return found;
  const candidates = jobs.map(job => job.id);
  throw new Fault('not_found', `${session.host} has no backup job "${id}".`, {
    remedy: `${suggestWords(id, candidates)}backup.job.list names them.`,
    data: { field: 'job', candidates },
  });
}

function presentJob(session: ProxmoxSession, job: z.infer<typeof row>): BackupJob {
  const schedule = job.schedule ?? ([job.dow, job.starttime].filter(Boolean).join(' ') || undefined);
  const keep = showKeepRules(job['prune-backups']);
  const nextRun = toTimestamp(job['next-run']);
  return {
    id: job.id,
    host: session.host,
    enabled: job.enabled ?? true,
    ...given('schedule', schedule),
    ...given('storage', job.storage),
    all: job.all === true,
    vms: job.vmid.map(vmid => idOfGuest(session, Number(vmid))),
    exclude: job.exclude.map(vmid => idOfGuest(session, Number(vmid))),
    ...given('pool', job.pool),
    ...given('node', job.node),
    ...given('mode', job.mode),
    ...given('compress', job.compress === '0' ? 'none' : job.compress),
    ...given('comment', job.comment),
    ...given('notes', job['notes-template']),
    ...given('keep', keep),
    ...given('nextRun', nextRun),
  };
}

function given<Key extends keyof BackupJob>(key: Key, value: string | undefined): Partial<BackupJob> {
  return value === undefined ? {} : { [key]: value };
}

function showKeepRules(rules: unknown): string | undefined {
  if (typeof rules === 'string') return rules;
  if (typeof rules !== 'object' || rules === null) return undefined;
  return Object.entries(rules)
    .map(([name, count]) => `${name}=${String(count)}`)
    .join(',');
}
