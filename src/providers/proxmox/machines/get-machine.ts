import type { PendingChange } from '../../../model/machine-parts.ts';
import type { Operation } from '../../define-provider.ts';
import { isRecord, numberOf, type ReplyRecord, recordOf, recordsOf, textOf } from '../reply-values.ts';
import type { Guest, ProxmoxSession } from '../session.ts';
import { adaptersOf, disksOf, uuidOf } from './machine-parts.ts';
import { readGuest } from './read-machine.ts';
import { at } from './step.ts';

/** Passwords are never told: the server itself shows stars in their place. */
const secretKeys: ReadonlySet<string> = new Set(['cipassword', 'password']);

/** Its state, and its configuration as it is now; what is to come with the next start stands beside it. */
export const getMachine: Operation<ProxmoxSession, 'vm.get'> = async (session, { vm }, { signal }) => {
  const guest = await session.findGuest(vm, signal);
  const [{ machine }, configuration, pending] = await Promise.all([
    readGuest(session, guest, signal),
    readPresent(session, guest, signal),
    readPending(session, guest, signal),
  ]);
  const uuid = uuidOf(configuration);
  const identity = [...(machine.identity ?? []), ...(uuid === undefined ? [] : [`uuid:${uuid}`])];
  return {
    machine: {
      ...machine,
      ...(uuid === undefined ? {} : { uuid }),
      ...(identity.length === 0 ? {} : { identity }),
    },
    disks: disksOf(configuration),
    adapters: adaptersOf(configuration),
    settings: settingsOf(configuration),
    ...(pending.length === 0 ? {} : { pending }),
  };
};

async function readPresent({ client }: ProxmoxSession, guest: Guest, signal: AbortSignal): Promise<ReplyRecord> {
  const params = { ...at(guest), current: true };
  const reply = await client.send({ method: 'GET', path: '/nodes/{node}/{type}/{vmid}/config', params }, { signal });
  return recordOf(reply, `the configuration of ${guest.id}`);
}

/** [{"key":"memory","value":"2048","pending":"4096"},{"key":"net1","value":"…","delete":1},{"key":"cores","value":2}] */
export async function readPending(
  { client }: ProxmoxSession,
  guest: Guest,
  signal: AbortSignal,
): Promise<PendingChange[]> {
  const reply = await client.send(
    { method: 'GET', path: '/nodes/{node}/{type}/{vmid}/pending', params: at(guest) },
    { signal },
  );
  return recordsOf(reply, `the pending changes of ${guest.id}`).flatMap(row => {
    const key = textOf(row.key);
    const isDeleted = (numberOf(row.delete) ?? 0) > 0;
    const isSecret = key !== undefined && secretKeys.has(key);
    const pending = textOf(row.pending);
    const value = textOf(row.value);
    if (key === undefined || (pending === undefined && !isDeleted)) return [];
    return [
      {
        key,
        ...(value === undefined || isSecret ? {} : { value }),
        ...(pending === undefined || isSecret ? {} : { pending }),
        ...(isDeleted ? { delete: true } : {}),
      },
    ];
  });
}

function settingsOf(configuration: ReplyRecord): Record<string, string | number | boolean> {
  return Object.fromEntries(
    Object.entries(configuration).flatMap(([key, value]) => {
      if (secretKeys.has(key)) return [];
      if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return [[key, value]];
      // lxc: [["lxc.mount.entry", "…"]]
      return Array.isArray(value) || isRecord(value) ? [[key, JSON.stringify(value)]] : [];
    }),
  );
}
