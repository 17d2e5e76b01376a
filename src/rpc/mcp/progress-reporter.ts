import type { Progress } from '../../model/call.ts';

/** Steps that say nothing new are sent at most this often. */
const leastMilliseconds = 100;
const total = 100;

export interface ProgressNote {
  readonly progress: number;
  readonly total: number;
  readonly message: string;
}

/**
 * Turns steps of work into what MCP asks of progress: a number that grows with every note, here a percentage. A step
 * without a new fraction moves it by a hundredth of what is left.
 */
export function createProgressReporter(
  send: (note: ProgressNote) => void,
  now: () => number = () => performance.now(),
): (update: Progress) => void {
  let last: { progress: number; message: string; at: number } | undefined;
  return update => {
    const at = now();
    if (last !== undefined && last.message === update.message && at - last.at < leastMilliseconds) return;
    const progress = nextProgress(last?.progress, update.fraction);
    if (progress === undefined) return;
    last = { progress, message: update.message, at };
    send({ progress, total, message: update.message });
  };
}

function nextProgress(before: number | undefined, fraction: number | undefined): number | undefined {
  const wanted = fraction === undefined ? 0 : Math.min(total, Math.max(0, fraction * total));
  if (before === undefined || wanted > before) return wanted;
  const next = before + (total - before) / 100;
  return next > before ? next : undefined;
}
