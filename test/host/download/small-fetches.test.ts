import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkUrl, isTrustworthy, showUrl } from '../../../src/host/download/check-url.ts';
import { fetchText } from '../../../src/host/download/fetch-text.ts';
import { measureDownload } from '../../../src/host/download/measure-download.ts';
import { parseRetryAfter } from '../../../src/host/download/parse-retry-after.ts';
import { type HostileServer, startHostileServer } from '../../support/hostile-server.ts';

const options = {
  signal: new AbortController().signal,
  policy: { stallMs: 300, tries: 3, firstPauseMs: 5, longestPauseMs: 20 },
};
let server: HostileServer;
beforeEach(async () => {
  server = await startHostileServer(Buffer.alloc(5000, 'x'));
});
afterEach(() => server[Symbol.asyncDispose]());

describe('a small text', () => {
  test('is fetched again after breaks, and whole', async () => {
    server.script = [
      { kind: 'break', at: 0.5 },
      { kind: 'stall', at: 0.2 },
    ];
    expect(await fetchText(server.url, { ...options, maxBytes: 5000 })).toBe('x'.repeat(5000));
    expect(server.requests).toHaveLength(3);
  });
  test('may not be longer than allowed', async () => {
    const outcome = fetchText(server.url, { ...options, maxBytes: 4999 });
    await expect(outcome).rejects.toMatchObject({ code: 'failed', data: { maxBytes: 4999 } });
    server.script = [{ kind: 'endless' }];
    await expect(fetchText(server.url, { ...options, maxBytes: 1e6 })).rejects.toMatchObject({ code: 'failed' });
  });
  test('can be cancelled while the server is silent', async () => {
    server.script = [{ kind: 'silence' }];
    const signal = AbortSignal.timeout(50);
    const outcome = fetchText(server.url, { ...options, maxBytes: 1e6, signal, policy: {} });
    await expect(outcome).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('the size of a download', () => {
  test('is asked without fetching it', async () => {
    expect(await measureDownload(server.url, options)).toBe(5000);
    expect(server.requests).toMatchObject([{ method: 'HEAD' }]);
    expect(server.sentBytes()).toBe(0);
  });
  test('of what is not there is a Fault', async () => {
    await expect(measureDownload(`${server.origin}/nothing`, options)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('addresses', () => {
  test.each(['', 'x', '//host/x', 'ftp://host/x', 'file:///x', 'javascript:0', 'http://me@host/', 'https://a:b@host/'])(
    '%j is refused, and nothing secret of it shown',
    text => {
      expect(() => checkUrl(text)).toThrow(expect.objectContaining({ code: 'invalid' }));
    },
  );
  test('are shown without what may be a secret', () => {
    expect(showUrl(new URL('https://me:secret@host:8/a/b?token=secret#x'))).toBe('https://host:8/a/b');
  });
  test.each([
    ['https://anywhere.example/', true],
    ['http://127.0.0.1:8080/', true],
    ['http://[::1]/', true],
    ['http://localhost/', true],
    ['http://127.0.0.1.evil.example/', false],
    ['http://localhost.evil.example/', false],
    ['http://10.0.0.1/', false],
  ])('%s can be trusted: %s', (text, expected) => {
    expect(isTrustworthy(new URL(text))).toBe(expected);
  });
});

describe('the header Retry-After', () => {
  test.each([
    ['0', 0],
    [' 120 ', 120_000],
    ['Wed, 21 Oct 2026 07:28:00 GMT', 60_000],
    ['Wed, 21 Oct 2020 07:28:00 GMT', 0],
    ['-5', undefined],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
  ])('%j asks for %s ms', (header, expected) => {
    expect(parseRetryAfter(header, Date.parse('2026-10-21T07:27:00Z'))).toBe(expected);
  });
  test('never asks for a negative or unknown time', () => {
    fc.assert(fc.property(fc.string(), text => (parseRetryAfter(text) ?? 0) >= 0));
  });
});
