import { setTimeout as delay } from 'node:timers/promises';
import { cancelledFault } from '../../errors/fault.ts';
import type { CallContext } from '../../model/call.ts';
import { power } from '../../qemu/guest/power.ts';
import type { GuestStatus } from '../../qemu/guest.ts';
import type { ReachedGuest } from './reach-guest.ts';

/** How often the guest is looked at while it shuts down, in milliseconds. */
const pollEvery = 100;
/**
 * How often the button is pressed, in milliseconds: a guest that is still starting does not notice it, and one that is
 * shutting down does not mind.
 */
export const pressEvery = 5000;

/** Whether the button is pressed at all: a processor that stands still hears none. */
export function isAsked(status: GuestStatus, milliseconds: number): boolean {
  return status === 'running' && milliseconds > 0;
}

/**
 * Presses the power button and waits for the guest; false when it has not shut down in time. A cancelled call leaves the
 * machine to what the guest makes of the button: its power is not cut behind the caller's back.
 */
export async function askGuest(
  target: ReachedGuest,
  milliseconds: number,
  call: CallContext,
  what: string,
): Promise<boolean> {
  const status = await target.status(call.signal);
  if (status === 'shutdown') return true;
  if (!isAsked(status, milliseconds)) return false;
  const started = performance.now();
  call.progress({ fraction: 0.05, message: 'asking the guest to shut down' });
  let pressed = Number.NEGATIVE_INFINITY;
  for (let passed = 0; passed < milliseconds; passed = performance.now() - started) {
    if (passed - pressed >= pressEvery) {
      pressed = passed;
      // It may be gone by now, which the next look tells.
      await power.pressButton(target.qmp, call.signal).catch(() => {});
    }
    await delay(pollEvery, undefined, { signal: call.signal }).catch(() => {});
    if (call.signal.aborted) throw cancelledFault(call.signal, what);
    const now = await target.status(call.signal).catch(() => 'exited' as const);
    if (now === 'shutdown' || now === 'exited') return true;
    call.progress({ fraction: (0.85 * passed) / milliseconds, message: 'waiting for the guest' });
  }
  return false;
}
