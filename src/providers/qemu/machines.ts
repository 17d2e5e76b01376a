import { Fault } from '../../errors/fault.ts';
import type { CallContext } from '../../model/call.ts';
import type { Hardware } from '../../model/hardware.ts';
import type { Machine } from '../../model/machine.ts';
import { settleBeforeGoingOn } from './checkpoints/settle-before-going-on.ts';
import { findMachine, findRecord, listFound } from './find-machine.ts';
import { presentHardware } from './present-hardware.ts';
import { readMachine } from './present-machine.ts';
import { reachGuest } from './reach-guest.ts';
import type { QemuSession } from './session.ts';

interface MachineList {
  readonly machines: Machine[];
  readonly total: number;
  readonly missing: never[];
}

/** The machines that are kept, and the throw-away ones that run now, whichever process of this user started them. */
export async function listMachines(session: QemuSession, signal?: AbortSignal): Promise<MachineList> {
  const found = await listFound(session);
  const machines = await Promise.all(found.map(machine => readMachine(session, machine, signal)));
  return { machines, total: machines.length, missing: [] };
}

export async function getMachine(
  session: QemuSession,
  { vm }: { readonly vm: string },
  call: CallContext,
): Promise<{ machine: Machine; hardware?: Hardware }> {
  const found = await findMachine(session, vm);
  const machine = await readMachine(session, found, call.signal);
  const { definition } = found;
  return definition === undefined ? { machine } : { machine, hardware: presentHardware(session, definition) };
}

export function pauseMachine(session: QemuSession, { vm }: { readonly vm: string }, call: CallContext) {
  return command(session, vm, 'stop', ['running', 'paused'], call);
}

export async function resumeMachine(session: QemuSession, { vm }: { readonly vm: string }, call: CallContext) {
  await settleBeforeGoingOn(session, vm, call.signal);
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
  const found = await findMachine(session, vm);
  const before = await readMachine(session, found, signal);
  if (!from.includes(before.state)) {
    throw new Fault('conflict', `The machine "${before.name}" is ${before.state} (${before.nativeState}).`, {
      remedy: 'Wait until it runs, or stop it.',
      data: { field: 'vm', state: before.state },
    });
  }
  await reachGuest(session, record, signal, guest => guest.qmp.execute(name, {}, signal));
  return { machine: await readMachine(session, found, signal) };
}
