import { setTimeout as delay } from 'node:timers/promises';
import { cancelledFault } from '../../errors/fault.ts';
import type { CallContext } from '../../model/call.ts';
import type { Machine } from '../../model/machine.ts';
import type { StopResult } from '../../qemu/guest.ts';
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

/** How often the guest is looked at while it shuts down, in milliseconds. */
const pollEvery = 100;
/**
 * How often the button is pressed, in milliseconds: a guest that is still starting does not notice it, and one that is
 * shutting down does not mind.
 */
const pressEvery = 5000;

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
  const method = await reachGuest(session, record, call.signal, guest => stopInSteps(guest, input, call));
  await kept?.cleaned;
  const machine = await readMachine(session, { ...found, record: undefined }, call.signal).catch(() =>
    presentMachine(record, 'exited'),
  );
  return { machine, method };
}

async function stopInSteps(target: ReachedGuest, input: StopInput, call: CallContext): Promise<Method> {
  const limits = { acpiMs: 0, quitMs: 5000, killMs: 5000 };
  const shutDown = !input.force && (await askGuest(target, input.timeoutSeconds * 1000, call));
  if (call.signal.aborted) throw cancelledFault(call.signal, 'Stopping the machine');
  call.progress({ fraction: 0.9, message: shutDown ? 'the guest has shut down' : 'switching it off' });
  const { method } = await target.stop(limits);
  return shutDown ? 'guest' : methods[method];
}

/**
 * Presses the power button and waits for the guest. A cancelled call leaves the machine to what the guest makes of the
 * button: its power is not cut behind the caller's back.
 */
async function askGuest(target: ReachedGuest, milliseconds: number, call: CallContext): Promise<boolean> {
  const status = await target.status(call.signal);
  if (status === 'shutdown') return true;
  if (status !== 'running' || milliseconds === 0) return false;
  const started = performance.now();
  call.progress({ fraction: 0.05, message: 'asking the guest to shut down' });
  let pressed = Number.NEGATIVE_INFINITY;
  for (let passed = 0; passed < milliseconds; passed = performance.now() - started) {
    if (passed - pressed >= pressEvery) {
      pressed = passed;
      // It may be gone by now, which the next look tells.
      await target.qmp.execute('system_powerdown', {}, call.signal).catch(() => {});
    }
    await delay(pollEvery, undefined, { signal: call.signal }).catch(() => {});
    if (call.signal.aborted) throw cancelledFault(call.signal, 'Stopping the machine');
    const now = await target.status(call.signal).catch(() => 'exited' as const);
    if (now === 'shutdown' || now === 'exited') return true;
    call.progress({ fraction: (0.85 * passed) / milliseconds, message: 'waiting for the guest' });
  }
  return false;
}
