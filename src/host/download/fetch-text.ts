import { Fault } from '../../errors/fault.ts';
import { checkUrl, showUrl } from './check-url.ts';
import { defaultRetryPolicy, type RetryPolicy, retryTransfers } from './retry-transfers.ts';
import { explainBreak, sendRequest } from './send-request.ts';
import { watchForStalls } from './stall-watch.ts';
import { TransferBreak } from './transfer-break.ts';

export interface FetchTextOptions {
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  readonly policy?: Partial<RetryPolicy> | undefined;
}

/** The text of a small page or file, as UTF-8. Faults as of downloadFile. */
export async function fetchText(address: string, options: FetchTextOptions): Promise<string> {
  const url = checkUrl(address);
  // A page needs no hours.
  const policy = { ...defaultRetryPolicy, deadlineMs: 120_000, ...options.policy };
  return retryTransfers({
    url,
    policy,
    signal: options.signal,
    attempt: async signal => {
      using watch = watchForStalls(signal, policy.stallMs);
      const response = await sendRequest(url, { signal: watch.signal });
      if (response.status === 416) throw new TransferBreak('the server answered 416');
      const chunks: Uint8Array[] = [];
      let length = 0;
      try {
        for await (const chunk of response.body ?? []) {
          watch.touch();
          length += chunk.length;
          if (length > options.maxBytes) throw tooLong(url, options.maxBytes);
          chunks.push(chunk);
        }
      } catch (error) {
        throw explainBreak(url, error);
      }
      return Buffer.concat(chunks).toString('utf8');
    },
  });
}

function tooLong(url: URL, maxBytes: number): Fault {
  return new Fault('failed', `What ${showUrl(url)} sends is longer than ${maxBytes} bytes.`, {
    remedy: 'Check the address, or use another mirror.',
    data: { url: showUrl(url), maxBytes },
  });
}
