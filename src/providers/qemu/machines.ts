import { Fault } from '../../errors/fault.ts';
import type { CallContext } from '../../model/call.ts';
import type { Hardware } from '../../model/hardware.ts';
import type { Machine } from '../../model/machine.ts';
import { power } from '../../qemu/guest/power.ts';
import type { GuestRecord } from '../../qemu/guest-records.ts';
import { settleBeforeGoingOn } from './checkpoints/settle-before-going-on.ts';
import { type FoundMachine, findMachine, findRecord, listFound } from './find-machine.ts';
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
  return command(session, vm, 'pause', call);
}

export async function resumeMachine(session: QemuSession, { vm }: { readonly vm: string }, call: CallContext) {
  await settleBeforeGoingOn(session, vm, call.signal);
  return command(session, vm, 'goOn', call);
}

/** Sends a command to a machine that can take it, and tells its state afterwards. */
async function command(
  session: QemuSession,
  vm: string,
  name: 'pause' | 'goOn',
  { signal }: CallContext,
): Promise<{ machine: Machine }> {
  const { record, found } = await findPausable(session, vm, signal);
  await reachGuest(session, record, signal, guest => power[name](guest.qmp, signal));
  return { machine: await readMachine(session, found, signal) };
}

/** A machine that runs or is paused. Throws `conflict` for one in any other state. */
export async function findPausable(
  session: QemuSession,
  vm: string,
  signal: AbortSignal,
): Promise<{ record: GuestRecord; found: FoundMachine; before: Machine }> {
  const record = await findRecord(session, vm);
  const found = await findMachine(session, vm);
  const before = await readMachine(session, found, signal);
  if (before.state !== 'running' && before.state !== 'paused') {
    throw new Fault('conflict', `The machine "${before.name}" is ${before.state} (${before.nativeState}).`, {
      remedy: 'Wait until it runs, or stop it.',
      data: { field: 'vm', state: before.state },
    });
  }
  return { record, found, before };
}
