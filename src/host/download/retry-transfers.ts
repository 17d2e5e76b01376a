import { setTimeout as delay } from 'node:timers/promises';
import { cancelledFault, Fault } from '../../errors/fault.ts';
import { showUrl } from './check-url.ts';
import { TransferBreak } from './transfer-break.ts';

export interface RetryPolicy {
  /** So long without a byte counts as a break. */
  readonly stallMs: number;
  /** The longest time for all tries together. */
  readonly deadlineMs: number;
  /** So many tries in a row that bring nothing new are the end. */
  readonly tries: number;
  /** The pause after the first failed try; doubled after each further one. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
}

export const defaultRetryPolicy: RetryPolicy = {
  stallMs: 30_000,
  deadlineMs: 4 * 3_600_000,
  tries: 6,
  firstPauseMs: 500,
  longestPauseMs: 30_000,
};

/** However small the steps in which a server hands out a file. */
const mostTries = 1000;

export interface TransferAttempts<Result> {
  readonly url: URL;
  readonly policy: RetryPolicy;
  readonly signal: AbortSignal;
  /** One try; what it throws besides a TransferBreak is final. */
  readonly attempt: (signal: AbortSignal) => Promise<Result>;
  /** How far the transfer is; while this grows from try to try, failed tries are not counted. */
  readonly advance?: (() => number) | undefined;
}

/** Tries until one succeeds. Faults: `unavailable` (too many tries), `timeout` (the deadline), `cancelled`. */
export async function retryTransfers<Result>(work: TransferAttempts<Result>): Promise<Result> {
  const { url, policy } = work;
  const deadline = new AbortController();
  const late = new Fault('timeout', `The download of ${showUrl(url)} took longer than ${policy.deadlineMs / 1000} s.`, {
    remedy: 'Try again: it goes on where it ended.',
    data: { url: showUrl(url) },
  });
  const timer = setTimeout(() => deadline.abort(late), policy.deadlineMs);
  try {
    return await tryAll(work, AbortSignal.any([work.signal, deadline.signal]), Date.now() + policy.deadlineMs);
  } finally {
    clearTimeout(timer);
  }
}

async function tryAll<Result>(work: TransferAttempts<Result>, signal: AbortSignal, end: number): Promise<Result> {
  const { url, policy, attempt, advance } = work;
  const what = `The download of ${showUrl(url)}`;
  let furthest = 0;
  let failures = 0;
  for (let count = 1; ; count++) {
    if (signal.aborted) throw cancelledFault(signal, what);
    try {
      return await attempt(signal);
    } catch (error) {
      if (signal.aborted) throw cancelledFault(signal, what);
      if (!(error instanceof TransferBreak)) throw error;
      const reached = advance?.() ?? 0;
      failures = reached > furthest ? 0 : failures + 1;
      furthest = Math.max(furthest, reached);
      const pause = choosePause(policy, failures, error.retryAfterMs);
      if (failures >= policy.tries || count >= mostTries || Date.now() + pause > end) throw giveUp(url, error, count);
      await delay(pause, undefined, { signal }).catch(() => {});
    }
  }
}

/** Exponential, with a random half, so that clients that broke together do not come back together. */
function choosePause(policy: RetryPolicy, failures: number, asked: number | undefined): number {
  const longest = Math.min(policy.longestPauseMs, policy.firstPauseMs * 2 ** Math.max(0, failures - 1));
  return Math.max(asked ?? 0, longest * (0.5 + Math.random() / 2));
}

function giveUp(url: URL, last: TransferBreak, tries: number): Fault {
  const asked = last.retryAfterMs === undefined ? '' : ` and asks to wait ${Math.ceil(last.retryAfterMs / 1000)} s`;
  return new Fault('unavailable', `The download of ${showUrl(url)} failed: ${last.message}${asked}.`, {
    remedy: 'Check the network connection and HTTPS_PROXY, then try again: what has come is kept.',
    data: { url: showUrl(url), tries },
    cause: last,
  });
}
