import type { Machine } from '../../../model/machine.ts';
import { type ReplyRecord, recordOf, textOf } from '../reply-values.ts';
import type { Guest, ProxmoxSession } from '../session.ts';
import { clusterIdentity } from './cluster-identity.ts';
import { presentMachine, startedAtOf } from './present-machine.ts';
import { at } from './step.ts';

/** A machine as it is at this moment. The list of the cluster lags behind by some seconds. */
export interface MachineNow {
  readonly guest: Guest;
  readonly machine: Machine;
  readonly lock: string | undefined;
  /** status/current as it came. */
  readonly status: ReplyRecord;
}

export async function readMachine(session: ProxmoxSession, vm: string, signal: AbortSignal): Promise<MachineNow> {
  return readGuest(session, await session.findGuest(vm, signal), signal);
}

export async function readGuest(session: ProxmoxSession, guest: Guest, signal: AbortSignal): Promise<MachineNow> {
  const { host, client } = session;
  const [reply, identity] = await Promise.all([
    client.send({ method: 'GET', path: '/nodes/{node}/{type}/{vmid}/status/current', params: at(guest) }, { signal }),
    clusterIdentity(session, signal),
  ]);
  const status = recordOf(reply, guest.id);
  const { node, type, vmid } = guest;
  const machine = presentMachine(status, { host, node, type, vmid, identity });
  const startedAt = startedAtOf(status);
  if (startedAt !== undefined && machine.state !== 'stopped') machine.startedAt = startedAt;
  return { guest, machine, lock: textOf(status.lock) || undefined, status };
}

/** The configuration with what has been changed but waits for a restart, and the digest that a change of it names. */
export async function readConfiguration(
  { client }: ProxmoxSession,
  guest: Guest,
  signal: AbortSignal,
): Promise<ReplyRecord> {
  const reply = await client.send(
    { method: 'GET', path: '/nodes/{node}/{type}/{vmid}/config', params: at(guest) },
    { signal },
  );
  return recordOf(reply, `the configuration of ${guest.id}`);
}
