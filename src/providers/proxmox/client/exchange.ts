import type { Readable } from 'node:stream';
import type { Pool } from 'undici';

/** What is sent to a node, ready for the wire. */
export interface Outgoing {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Readable | undefined;
}

export interface Reply {
  readonly status: number;
  /** Of the status line: older versions tell only there what was wrong. */
  readonly reason: string;
  readonly type: string;
  readonly text: string;
}

/** The answer did not come in time. */
export class AnswerTimeout extends Error {
  override readonly name = 'AnswerTimeout';
}

export interface ExchangeLimits {
  readonly signal: AbortSignal;
  readonly timeoutMilliseconds: number;
}

/** Sends one request over one connection and reads its whole answer, once. */
export async function exchange(pool: Pool, outgoing: Outgoing, limits: ExchangeLimits): Promise<Reply> {
  const { method, target, headers, body = null } = outgoing;
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(new AnswerTimeout('No answer in time')), limits.timeoutMilliseconds);
  const stop = () => ending.abort(limits.signal.reason);
  limits.signal.addEventListener('abort', stop, { once: true });
  if (limits.signal.aborted) stop();
  try {
    const answer = await pool.request({ method, path: target, headers, body, signal: ending.signal });
    return {
      status: answer.statusCode,
      reason: answer.statusText,
      type: String(answer.headers['content-type'] ?? ''),
      text: await answer.body.text(),
    };
  } catch (error) {
    // What ended it, not what undici makes of that.
    throw ending.signal.aborted ? ending.signal.reason : error;
  } finally {
    clearTimeout(timer);
    limits.signal.removeEventListener('abort', stop);
  }
}
