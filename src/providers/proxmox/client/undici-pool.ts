import { isIPv6 } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { Pool } from 'undici';
import type { NodeAddress } from './node-address.ts';

/** Most bytes of one answer: the guests of a large cluster are some megabytes. */
const usualMostBytes = 128 * 1024 * 1024;

/** Idle connections end before the server ends them, which takes five seconds: a change must not meet that moment. */
const idleMilliseconds = 3000;

/** The kept connections to one node. Loaded only when something is asked. */
export function openPool(
  { host, port }: NodeAddress,
  connect: () => Promise<TLSSocket>,
  mostBytes: number = usualMostBytes,
): Pool {
  const name = isIPv6(host) ? `[${host.replace(/%.*$/, '')}]` : host;
  return new Pool(`https://${name}:${port}`, {
    connect: (_, callback) => {
      connect().then(
        socket => callback(null, socket),
        (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
      );
    },
    allowH2: false,
    keepAliveTimeout: idleMilliseconds,
    keepAliveMaxTimeout: idleMilliseconds,
    // Those of the whole answer are kept by the caller.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: mostBytes,
  });
}
