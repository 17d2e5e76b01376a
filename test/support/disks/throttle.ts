import { setTimeout as wait } from 'node:timers/promises';

/** Long enough for a guest to get anything done, short enough for whoever asks QEMU something. */
const period = 500;

/** Lets a process run only for a share of the time, until the returned function is called or the process has ended. */
export function throttle(processId: number, share: number): () => Promise<void> {
  let isOver = false;
  const signal = (name: 'SIGSTOP' | 'SIGCONT'): boolean => {
    try {
      return process.kill(processId, name);
    } catch {
      return false;
    }
  };
  const work = async () => {
    while (!isOver && signal('SIGSTOP')) {
      await wait(period * (1 - share));
      if (!signal('SIGCONT')) return;
      await wait(period * share);
    }
  };
  const done = work();
  return async () => {
    isOver = true;
    await done;
  };
}
