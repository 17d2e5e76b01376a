import { cancelledFault } from '../../errors/fault.ts';
import type { CallContext } from '../../model/call.ts';
import type { Machine } from '../../model/machine.ts';
import type { StopResult } from '../../qemu/guest.ts';
import type { GuestRecord } from '../../qemu/guest-records.ts';
import { askGuest } from './ask-guest.ts';
import { findMachine } from './find-machine.ts';
import { presentMachine, readMachine } from './present-machine.ts';
import { type ReachedGuest, reachGuest } from './reach-guest.ts';
import type { QemuSession } from './session.ts';

export interface StopInput {
  readonly vm: string;
  readonly force: boolean;
  readonly timeoutSeconds: number;
}

type Method = 'guest' | 'quit' | 'kill' | 'already';

const methods: Readonly<Record<StopResult['method'], Method>> = {
  acpi: 'guest',
  quit: 'quit',
  kill: 'kill',
  already: 'already',
};

/** Power button, then QEMU's own end, then the process. Ends machines of other processes of this user as well. */
export async function stopMachine(
  session: QemuSession,
  input: StopInput,
  call: CallContext,
): Promise<{ machine: Machine; method: Method }> {
  const found = await findMachine(session, input.vm);
  const { record } = found;
  if (record === undefined) return { machine: await readMachine(session, found, call.signal), method: 'already' };
  const kept = session.find(record.folder);
  const force = isForced(session, record, input);
  const stop = (guest: ReachedGuest) => stopInSteps(guest, { ...input, force }, call);
  const method = await reachGuest(session, record, call.signal, stop, { evenSilent: true });
  await kept?.cleaned;
  const machine = await readMachine(session, { ...found, record: undefined }, call.signal).catch(() =>
    presentMachine(record, 'exited'),
  );
  return { machine, method };
}

/** Nobody hears the button of a machine whose QEMU does not answer. */
export function isForced(session: QemuSession, record: GuestRecord, { force }: Pick<StopInput, 'force'>): boolean {
  return force || session.find(record.folder)?.guest.responding === false;
}

/** How long each step after the guest's own shutting down may take, in milliseconds. */
export const limits = { acpiMs: 0, quitMs: 5000, killMs: 5000 };

async function stopInSteps(target: ReachedGuest, input: StopInput, call: CallContext): Promise<Method> {
  const shutDown = !input.force && (await askGuest(target, input.timeoutSeconds * 1000, call, 'Stopping the machine'));
  if (call.signal.aborted) throw cancelledFault(call.signal, 'Stopping the machine');
  call.progress({ fraction: 0.9, message: shutDown ? 'the guest has shut down' : 'switching it off' });
  const { method } = await target.stop(limits);
  return shutDown ? 'guest' : methods[method];
}
