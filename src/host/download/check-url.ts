import { Fault } from '../../errors/fault.ts';

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Whether what comes from there can be trusted to come from there: https, or this very machine. */
export function isTrustworthy(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && loopback.test(url.hostname));
}

/** An address to fetch from. Faults: `invalid`. */
export function checkUrl(text: string, base?: URL): URL {
  const url = URL.parse(text, base?.href) ?? undefined;
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (url === undefined || !isWeb || url.username !== '' || url.password !== '') {
    throw new Fault('invalid', 'An address to download from is not an http or https address without credentials.', {
      data: { url: url === undefined ? text.slice(0, 500) : showUrl(url) },
    });
  }
  url.hash = '';
  return url;
}

/** For messages: without what may be a secret. */
export function showUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}
