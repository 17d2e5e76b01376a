import { z } from 'zod';
import type { Task } from '../../../model/task.ts';
import { number, text, toTimestamp } from '../cluster/reply-values.ts';

/** As lists and the state of one task tell it. */
export const taskRow = z.looseObject({
  upid: z.string(),
  node: text,
  type: text,
  id: text,
  user: text,
  status: text,
  exitstatus: text,
  starttime: number,
  endtime: number,
});
export type TaskRow = z.infer<typeof taskRow>;

/** The parts of `UPID:<node>:<process>:<its start>:<time>:<kind>:<target>:<user>:`; numbers are hexadecimal. */
export function readUpid(upid: string): {
  node: string;
  kind: string;
  target: string;
  user: string;
  startedAt: string;
} {
  const [, node = '', , , started = '', kind = '', target = '', user = ''] = upid.split(':');
  return {
    node,
    kind,
    target,
    user,
    startedAt: toTimestamp(Number.parseInt(started, 16)) ?? new Date(0).toISOString(),
  };
}

export function presentTask(host: string, row: TaskRow): Task {
  const upid = readUpid(row.upid);
  // A list says how it ended in `status`, which in the state of one task says only whether it has.
  const result = row.exitstatus ?? (row.status === 'running' || row.status === 'stopped' ? undefined : row.status);
  const isRunning =
    row.status === 'running' || (result === undefined && row.endtime === undefined && row.status !== 'stopped');
  const target = row.id ?? (upid.target === '' ? undefined : upid.target);
  const finishedAt = toTimestamp(row.endtime);
  return {
    id: row.upid,
    host,
    node: row.node ?? upid.node,
    kind: row.type ?? upid.kind,
    ...(target === undefined ? {} : { target }),
    user: row.user ?? upid.user,
    state: isRunning ? 'running' : stateOf(result),
    ...(result === undefined ? {} : { result }),
    startedAt: toTimestamp(row.starttime) ?? upid.startedAt,
    ...(finishedAt === undefined ? {} : { finishedAt }),
  };
}

function stateOf(result: string | undefined): Task['state'] {
  if (result === 'OK') return 'succeeded';
  return result?.startsWith('WARNINGS') ? 'warnings' : 'failed';
}
