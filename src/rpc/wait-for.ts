import { setTimeout as delay } from 'node:timers/promises';

/** Resolves when all have ended, well or badly, or when the time is over. */
export async function settled(work: Iterable<Promise<unknown>>, milliseconds: number): Promise<void> {
  const timer = new AbortController();
  const timeUp = delay(milliseconds, undefined, { signal: timer.signal }).catch(() => {});
  await Promise.race([Promise.allSettled(work), timeUp]);
  timer.abort();
}

/** Resolves at the first of: the end, the time, the abort. */
export async function waitFor(ended: Promise<void>, milliseconds: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = () => resolve();
  // setTimeout takes 32 bits; a longer wait means "until the end".
  const timer = milliseconds < 2 ** 31 ? setTimeout(stop, milliseconds) : undefined;
  signal.addEventListener('abort', stop, { once: true });
  await Promise.race([ended, promise]);
  clearTimeout(timer);
  signal.removeEventListener('abort', stop);
}
