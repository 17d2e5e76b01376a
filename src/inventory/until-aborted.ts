import { cancelledFault } from '../errors/fault.ts';

/** The promise, or the Fault of the abort as soon as there is one: for what takes no signal itself. */
export async function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal, what: string): Promise<Value> {
  const { promise: gone, reject } = Promise.withResolvers<never>();
  const leave = () => reject(cancelledFault(signal, what));
  if (signal.aborted) leave();
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([gone, promise]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
