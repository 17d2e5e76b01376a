import { setTimeout as delay } from 'node:timers/promises';
import { cancelledFault } from '../../../errors/fault.ts';

/** Throws the Fault of the abort when the signal comes first. */
export async function wait(seconds: number, what: string, signal: AbortSignal): Promise<void> {
  await delay(seconds * 1000, undefined, { signal }).catch(() => {});
  if (signal.aborted) throw cancelledFault(signal, what);
}

export async function waitUntilCancelled(what: string, signal: AbortSignal): Promise<never> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener('abort', () => resolve(), { once: true });
  // A promise alone keeps no process alive, and the command line must be seen to hang, too.
  const pulse = setInterval(() => {}, 60_000);
  await promise;
  clearInterval(pulse);
  throw cancelledFault(signal, what);
}
