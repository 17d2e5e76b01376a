import { Fault } from '../../errors/fault.ts';
import type { CallContext } from '../../model/call.ts';
import type { Machine } from '../../model/machine.ts';
import { listGuestRecords } from '../../qemu/guest-records.ts';
import { findRecord, presentMachine, readMachine } from './present-machine.ts';
import { reachGuest } from './reach-guest.ts';
import type { QemuSession } from './session.ts';

interface MachineList {
  readonly machines: Machine[];
  readonly total: number;
  readonly missing: never[];
}

/** The guests of this user that run now, whichever process started them. */
export async function listMachines(session: QemuSession, signal?: AbortSignal): Promise<MachineList> {
  const records = await listGuestRecords(session.runRoot);
  const machines = await Promise.all(records.map(record => readMachine(session, record, signal)));
  return { machines, total: machines.length, missing: [] };
}

export async function getMachine(
  session: QemuSession,
  { vm }: { readonly vm: string },
  call: CallContext,
): Promise<{ machine: Machine }> {
  return { machine: await readMachine(session, await findRecord(session, vm), call.signal) };
}

export function pauseMachine(session: QemuSession, { vm }: { readonly vm: string }, call: CallContext) {
  return command(session, vm, 'stop', ['running', 'paused'], call);
}

export function resumeMachine(session: QemuSession, { vm }: { readonly vm: string }, call: CallContext) {
  return command(session, vm, 'cont', ['paused', 'running'], call);
}

/** Sends a QMP command to a machine that is in one of the given states, and tells its state afterwards. */
async function command(
  session: QemuSession,
  vm: string,
  name: 'stop' | 'cont',
  from: readonly Machine['state'][],
  { signal }: CallContext,
): Promise<{ machine: Machine }> {
  const record = await findRecord(session, vm);
  const before = await readMachine(session, record, signal);
  if (!from.includes(before.state)) {
    throw new Fault('conflict', `The machine "${before.name}" is ${before.state} (${before.nativeState}).`, {
      remedy: 'Wait until it runs, or stop it.',
      data: { field: 'vm', state: before.state },
    });
  }
  await reachGuest(session, record, signal, guest => guest.qmp.execute(name, {}, signal));
  return { machine: presentMachine(record, name === 'stop' ? 'paused' : 'running') };
}
