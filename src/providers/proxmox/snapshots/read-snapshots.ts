import { Fault } from '../../../errors/fault.ts';
import type { Checkpoint } from '../../../model/checkpoint.ts';
import { at } from '../machines/step.ts';
import { flagOf, numberOf, recordsOf, textOf } from '../reply-values.ts';
import type { Guest, ProxmoxSession } from '../session.ts';
import { nameOfSnapshot } from './snapshot-names.ts';

/** What stands in the list for the machine as it is now; its parent is the snapshot that it stands on. */
const presentState = 'current';

/**
 * [{"name":"before","snaptime":1772366400,"description":"","vmstate":1},
 *  {"name":"current","parent":"before","description":"You are here!","running":1,"digest":"…"}]
 */
export async function readCheckpoints(
  { client }: ProxmoxSession,
  guest: Guest,
  signal: AbortSignal,
): Promise<Checkpoint[]> {
  const reply = await client.send(
    { method: 'GET', path: '/nodes/{node}/{type}/{vmid}/snapshot', params: at(guest) },
    { signal },
  );
  const rows = recordsOf(reply, `the checkpoints of ${guest.id}`);
  const standing = textOf(rows.find(row => row.name === presentState)?.parent);
  return rows
    .filter(row => typeof row.name === 'string' && row.name !== presentState)
    .map(row => {
      const id = textOf(row.name) ?? '';
      const parent = textOf(row.parent) || undefined;
      return {
        id,
        name: nameOfSnapshot(id, textOf(row.description)),
        createdAt: new Date((numberOf(row.snaptime) ?? 0) * 1000).toISOString(),
        ...(parent === undefined ? {} : { parent }),
        current: id === standing,
        memory: flagOf(row.vmstate),
      };
    })
    .sort((a, b) => (a.createdAt === b.createdAt ? 0 : a.createdAt < b.createdAt ? -1 : 1));
}

/** By id or, where only one has it, by name. Throws `not_found` and `ambiguous`. */
export function findCheckpoint(checkpoints: readonly Checkpoint[], reference: string, machine: string): Checkpoint {
  const byId = checkpoints.find(({ id }) => id === reference);
  if (byId !== undefined) return byId;
  const [first, ...others] = checkpoints.filter(({ name }) => name === reference);
  if (first === undefined) {
    throw new Fault('not_found', `The machine "${machine}" has no checkpoint "${reference}".`, {
      remedy: 'See vm.checkpoint.list for those it has.',
      data: { field: 'checkpoint', candidates: checkpoints.slice(0, 10).map(({ id }) => id) },
    });
  }
  if (others.length === 0) return first;
  const candidates = [first, ...others].map(({ id }) => id);
  throw new Fault('ambiguous', `${candidates.length} checkpoints of "${machine}" have the name "${reference}".`, {
    remedy: `Use an id: ${candidates.join(', ')}.`,
    data: { field: 'checkpoint', candidates },
  });
}
