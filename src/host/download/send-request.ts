import { Fault } from '../../errors/fault.ts';
import { checkUrl, showUrl } from './check-url.ts';
import { parseRetryAfter } from './parse-retry-after.ts';
import { TransferBreak } from './transfer-break.ts';
import { useProxy } from './use-proxy.ts';

export interface RequestSettings {
  readonly method?: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

const mostRedirects = 5;
const redirects = new Set([301, 302, 303, 307, 308]);
const passing = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * One request and the head of its answer, after redirects: a success, or 416. Throws TransferBreak for what may pass, and
 * Faults: `not_found`, `denied` (also a redirect that gives up encryption, and a certificate that is not trusted),
 * `unavailable`. Whoever calls it ends the answer by the signal.
 */
export async function sendRequest(start: URL, settings: RequestSettings): Promise<Response> {
  let url = start;
  for (let count = 0; count <= mostRedirects; count++) {
    const response = await send(url, settings);
    if (!redirects.has(response.status)) return checkStatus(url, response);
    await response.body?.cancel();
    url = follow(url, response.headers.get('location'));
  }
  throw new Fault('unavailable', `The server redirects ${showUrl(start)} more than ${mostRedirects} times.`, {
    remedy: 'Check the address, or use another mirror.',
    data: { url: showUrl(start) },
  });
}

async function send(url: URL, { method = 'GET', headers = {}, signal }: RequestSettings): Promise<Response> {
  useProxy();
  try {
    return await fetch(url, {
      method,
      redirect: 'manual',
      signal,
      // Lengths and ranges speak of the bytes on the wire: a compressed answer would not be the file.
      headers: { 'user-agent': 'vmbridge', accept: '*/*', 'accept-encoding': 'identity', ...headers },
    });
  } catch (error) {
    throw explainBreak(url, error);
  }
}

/** What a failed `fetch`, or the reading of its body, means; errors of ours are passed on. */
export function explainBreak(url: URL, error: unknown): unknown {
  if (error instanceof Fault || error instanceof TransferBreak) return error;
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
  if (code !== undefined && /CERT|^ERR_TLS|UNABLE_TO_|SELF_SIGNED/.test(code)) {
    return new Fault('denied', `The server of ${showUrl(url)} has a certificate that is not trusted (${code}).`, {
      remedy: 'Behind a proxy that opens connections, set NODE_EXTRA_CA_CERTS to the file with its certificate.',
      data: { url: showUrl(url), systemCode: code },
      cause: error,
    });
  }
  return new TransferBreak(`the connection broke${code === undefined ? '' : ` (${code})`}`, { cause: error });
}

function follow(from: URL, location: string | null): URL {
  if (location === null) throw new TransferBreak('the server redirects to nowhere');
  const to = checkUrl(location, from);
  if (from.protocol === 'https:' && to.protocol !== 'https:') {
    throw new Fault('denied', `The server redirects ${showUrl(from)} to ${showUrl(to)}, which is not encrypted.`, {
      remedy: 'Use another mirror.',
      data: { url: showUrl(from), target: showUrl(to) },
    });
  }
  return to;
}

function checkStatus(url: URL, response: Response): Response {
  const { status } = response;
  if (response.ok || status === 416) return response;
  if (passing.has(status)) {
    const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'));
    throw new TransferBreak(`the server answered ${status}`, { retryAfterMs });
  }
  const code = { 401: 'denied', 403: 'denied', 404: 'not_found', 410: 'not_found' } as const;
  throw new Fault(
    code[status as keyof typeof code] ?? 'unavailable',
    `The server answered ${status} when asked for ${showUrl(url)}.`,
    { remedy: 'Check the address, or use another mirror.', data: { url: showUrl(url), status } },
  );
}
