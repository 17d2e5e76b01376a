import { isIP } from 'node:net';
import { setTimeout as delay, setImmediate } from 'node:timers/promises';
import tls, { type TLSSocket } from 'node:tls';
import type { Fault } from '../../../errors/fault.ts';
import { judgeCertificate } from './certificate-fault.ts';
import { buildHungUpFault, findClientCertificateFault } from './client-certificate-fault.ts';
import { ConnectError } from './connect-error.ts';
import type { NodeAddress } from './node-address.ts';
import type { Trust } from './trust.ts';

export interface ConnectSettings {
  readonly host: string;
  readonly trust: Trust;
  readonly timeoutMilliseconds: number;
  readonly signal?: AbortSignal | undefined;
  /** Whether the other end may be spoken to; by default the host's trust decides. */
  readonly judge?: (socket: TLSSocket) => Fault | undefined;
}

/** How long a server may take to refuse a client certificate when it sends no session ticket either. */
const refusalMilliseconds = 100;

/** How long a client certificate that was shown may take to be the end of the connection. */
const hangUpMilliseconds = 40;

/** A TLS connection whose other end has been judged before anything is sent. Throws `ConnectError`. */
export async function connectNode(address: NodeAddress, settings: ConnectSettings): Promise<TLSSocket> {
  const { trust, timeoutMilliseconds, signal } = settings;
  const socket = startTls(address, trust);
  // Whatever ends it is seen below, or by whoever uses it then; it must never be nobody.
  socket.on('error', () => {});
  const stop = () => socket.destroy(new ConnectError('ABORTED'));
  const timer = setTimeout(() => socket.destroy(new ConnectError('TIMEOUT')), timeoutMilliseconds);
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  let secure = false;
  try {
    await waitFor(socket, 'secureConnect');
    secure = true;
    judge(socket, address, settings);
    if (socket.getProtocol() === 'TLSv1.3') await awaitRefusal(socket);
    if (trust.shown !== undefined) await awaitHangUp(socket);
    return socket.setNoDelay(true).setKeepAlive(true, 30_000);
  } catch (error) {
    socket.destroy();
    throw toConnectError(error, address, trust, secure);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

function startTls(address: NodeAddress, { context }: Trust): TLSSocket {
  return tls.connect({
    host: address.host,
    port: address.port,
    servername: isIP(address.host.replace(/%.*$/, '')) === 0 ? address.host : '',
    secureContext: context,
    ALPNProtocols: ['http/1.1'],
    // Judged below: a pinned certificate is good whoever signed it. No session is resumed, as that would skip the check.
    rejectUnauthorized: false,
  });
}

function judge(socket: TLSSocket, address: NodeAddress, { judge: own, trust, host }: ConnectSettings): void {
  const fault = own === undefined ? judgeCertificate(socket, address, trust, host) : own(socket);
  if (fault !== undefined) throw new ConnectError('CERTIFICATE', { fault });
}

function waitFor(socket: TLSSocket, event: 'secureConnect' | 'session'): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onClose = () => reject(new ConnectError('ECONNRESET'));
  socket.once(event, resolve).once('error', reject).once('close', onClose);
  const done = () => socket.off(event, resolve).off('error', reject).off('close', onClose);
  return promise.finally(done);
}

/**
 * In TLS 1.3 the client is done before the server has looked at its certificate. A refusal that comes when a request is
 * under way can be lost with the connection, so the first word of the server, its session ticket, is awaited.
 */
async function awaitRefusal(socket: TLSSocket): Promise<void> {
  const { promise: enough, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, refusalMilliseconds);
  const first = waitFor(socket, 'session');
  first.catch(() => {});
  try {
    await Promise.race([first, enough]);
    // The ticket is told from within OpenSSL's reading: what is written there and then is lost, and all that follows.
    await setImmediate();
  } finally {
    clearTimeout(timer);
  }
}

/** Some servers, Node's for one, refuse a client certificate by no more than the end of the connection. */
async function awaitHangUp(socket: TLSSocket): Promise<void> {
  await delay(hangUpMilliseconds);
  if (socket.destroyed || socket.readableEnded) throw socket.errored ?? new ConnectError('ECONNRESET');
}

function toConnectError(error: unknown, address: NodeAddress, trust: Trust, secure: boolean): ConnectError {
  const fault = findClientCertificateFault(error, address, trust);
  if (fault !== undefined) return new ConnectError('CLIENT_CERTIFICATE', { fault, cause: error });
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
  if (secure && trust.shown !== undefined && ['ECONNRESET', 'EPIPE'].includes(code)) {
    return new ConnectError('CLIENT_CERTIFICATE', { fault: buildHungUpFault(address, trust), cause: error });
  }
  if (error instanceof ConnectError) return error;
  return new ConnectError(code === 'ETIMEDOUT' ? 'TIMEOUT' : code, { cause: error });
}
