import { Fault } from '../../errors/fault.ts';
import { checkUrl } from './check-url.ts';
import { defaultRetryPolicy, type RetryPolicy, retryTransfers } from './retry-transfers.ts';
import { sendRequest } from './send-request.ts';
import { watchForStalls } from './stall-watch.ts';

export interface MeasureOptions {
  readonly signal: AbortSignal;
  readonly policy?: Partial<RetryPolicy> | undefined;
}

/** The bytes that a file has according to its server, of which nothing is fetched; undefined where it does not tell. */
export async function measureDownload(address: string, options: MeasureOptions): Promise<number | undefined> {
  const url = checkUrl(address);
  const policy = { ...defaultRetryPolicy, deadlineMs: 120_000, ...options.policy };
  return retryTransfers({
    url,
    policy,
    signal: options.signal,
    attempt: async signal => {
      using watch = watchForStalls(signal, policy.stallMs);
      const answer = await sendRequest(url, { method: 'HEAD', signal: watch.signal }).catch(refuseHead);
      const length = answer?.headers.get('content-length') ?? '';
      return /^\d{1,15}$/.test(length) ? Number(length) : undefined;
    },
  });
}

/** Servers that know no HEAD answer in one of these ways, and may hand out the file all the same. */
const refusals = [400, 403, 405, 501];

function refuseHead(error: unknown): undefined {
  if (!(error instanceof Fault) || !refusals.some(status => status === error.data?.status)) throw error;
}
