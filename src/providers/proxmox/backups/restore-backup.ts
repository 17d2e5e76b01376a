import type { ToolInput } from '../../../catalog/types.ts';
import { Fault } from '../../../errors/fault.ts';
import type { Operation, Planner } from '../../define-provider.ts';
import { type ProxmoxRequest, planRequest } from '../client/request.ts';
import { requireAllowed } from '../cluster/allowed-machines.ts';
import { warningsOf } from '../machines/step.ts';
import type { Guest, ProxmoxSession } from '../session.ts';
import { findBackup } from './change-backup.ts';
import { kindOfBackup } from './present-backup.ts';
import { idOfGuest, listGuests } from './resolve-guests.ts';

type Input = ToolInput<'backup.restore'>;

export const restoreBackup: Operation<ProxmoxSession, 'backup.restore'> = async (session, input, call) => {
  const { request, vmid, node } = await prepare(session, input, call.signal);
  const end = await session.client.runTask(request, call, { what: `Restoring ${input.backup}` });
  return { vm: idOfGuest(session, vmid), backup: input.backup, node, task: end.upid, ...warningsOf([end]) };
};

export const planRestoreBackup: Planner<ProxmoxSession, 'backup.restore'> = async (session, input, { signal }) => {
  const { request, vmid, overwritten } = await prepare(session, input, signal);
  const summary =
    overwritten === undefined
      ? `Make the machine ${vmid} from ${input.backup}.`
      : `Overwrite the machine "${overwritten.name}" (${vmid}) and all its disks with ${input.backup}.`;
  return [planRequest(session.host, request, summary)];
};

interface Prepared {
  readonly request: ProxmoxRequest;
  readonly vmid: number;
  readonly node: string;
  readonly overwritten: Guest | undefined;
}

async function prepare(session: ProxmoxSession, input: Input, signal: AbortSignal): Promise<Prepared> {
  if (input.vm !== undefined && input.vmid !== undefined) {
    throw new Fault('invalid', 'Either "vm" is overwritten, or a machine is made under "vmid".', {
      data: { field: 'vmid' },
    });
  }
  const overwritten = input.vm === undefined ? undefined : await session.findGuest(input.vm, signal);
  const { row, place } = await findBackup(session, { ...input, node: overwritten?.node ?? input.node }, signal);
  const kind = kindOfBackup(row);
  if (kind === undefined) throw unknownKind(input.backup);
  if (overwritten !== undefined) refuseOverwriting(overwritten, kind);
  const vmid = overwritten?.vmid ?? (await chooseNumber(session, input, signal));
  const request = kind === 'vm' ? machineRequest(place.node, vmid, input) : containerRequest(place.node, vmid, input);
  return { request, vmid, node: place.node, overwritten };
}

/** The two kinds of machine take the same in different words. */
function machineRequest(node: string, vmid: number, input: Input): ProxmoxRequest {
  const params = { node, vmid, archive: input.backup, ...commonParameters(input) };
  return {
    method: 'POST',
    path: '/nodes/{node}/qemu',
    params: { ...params, ...(input.live ? { 'live-restore': true } : {}) },
  };
}

function containerRequest(node: string, vmid: number, input: Input): ProxmoxRequest {
  if (input.live) {
    throw new Fault('unsupported', 'A container can not be started while it is being restored.', {
      remedy: 'Leave "live" out; "start" starts it afterwards.',
      data: { field: 'live' },
    });
  }
  const params = { node, vmid, ostemplate: input.backup, restore: true, ...commonParameters(input) };
  return { method: 'POST', path: '/nodes/{node}/lxc', params };
}

function commonParameters({ storage, pool, unique, start, vm }: Input) {
  return {
    storage,
    pool,
    ...(unique ? { unique } : {}),
    ...(start ? { start } : {}),
    ...(vm === undefined ? {} : { force: true }),
  };
}

function refuseOverwriting({ name, type, status, id }: Guest, kind: 'vm' | 'container'): void {
  if ((type === 'qemu') !== (kind === 'vm')) {
    throw new Fault('conflict', `The backup is one of a ${kind}, which "${name}" is not.`, {
      remedy: 'Leave "vm" out to make a new machine.',
      data: { field: 'vm' },
    });
  }
  if (status === 'stopped') return;
  throw new Fault('conflict', `The machine "${name}" is ${status}; only a stopped one is overwritten.`, {
    remedy: `vmbridge vm stop ${id}`,
    data: { vm: id, state: status },
  });
}

async function chooseNumber(session: ProxmoxSession, { vmid }: Input, signal: AbortSignal): Promise<number> {
  if (vmid === undefined) {
    const next = Number(await session.client.send({ method: 'GET', path: '/cluster/nextid' }, { signal }));
    await requireAllowed(session, next, signal);
    return next;
  }
  await requireAllowed(session, vmid, signal);
  const taken = (await listGuests(session, signal)).find(guest => guest.vmid === vmid);
  if (taken === undefined) return vmid;
  throw new Fault('conflict', `The number ${vmid} is that of the machine "${taken.name}".`, {
    remedy: `Choose another number; to overwrite that machine, set "vm" to ${idOfGuest(session, vmid)} instead.`,
    data: { field: 'vmid', existing: idOfGuest(session, vmid) },
  });
}

function unknownKind(backup: string): Fault {
  return new Fault('invalid', `${backup} is not known to be the backup of a machine.`, {
    remedy: 'backup.list names those that there are.',
    data: { field: 'backup' },
  });
}
