import { setTimeout as wait } from 'node:timers/promises';

const last = new Map<string, Promise<void>>();

/**
 * Waits until those of this process that came before have given back the thing named `key`. Gives the function that
 * gives it back, or nothing when it took longer than `limitMs` or the signal was aborted.
 */
export async function takeTurn(
  key: string,
  limitMs: number,
  signal: AbortSignal | undefined,
): Promise<(() => void) | undefined> {
  const before = last.get(key) ?? Promise.resolve();
  const { promise: mine, resolve: release } = Promise.withResolvers<void>();
  const both = before.then(() => mine);
  last.set(key, both);
  void both.then(() => {
    if (last.get(key) === both) last.delete(key);
  });
  const timer = new AbortController();
  const limit = AbortSignal.any([timer.signal, ...(signal ? [signal] : [])]);
  const late = wait(limitMs, false, { signal: limit }).catch(() => false);
  const isMine = await Promise.race([before.then(() => true), late]);
  timer.abort();
  if (isMine && !signal?.aborted) return release;
  release();
  return undefined;
}
