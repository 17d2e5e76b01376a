import { isIPv6 } from 'node:net';
import type { Duplex } from 'node:stream';
import { createWebSocketStream, WebSocket } from 'ws';
import { cancelledFault } from '../../../errors/fault.ts';
import { ConnectError } from './connect-error.ts';
import { brokenFault, unreachableFault } from './delivery-faults.ts';
import { encodeRequest } from './encode-request.ts';
import type { Reply } from './exchange.ts';
import type { ClusterNode } from './node-ring.ts';
import type { ProxmoxRequest } from './request.ts';
import type { RequestSender } from './request-sender.ts';

/** Most bytes of one message, and of the answer that refuses the socket. */
const mostMessageBytes = 16 * 1024 * 1024;
const mostReplyBytes = 64 * 1024;

/** The bytes of a `…websocket` path, both ways. The stream ends when either side closes it or the signal is aborted. */
export async function openWebSocket(
  sender: RequestSender,
  request: ProxmoxRequest,
  signal: AbortSignal,
): Promise<Duplex> {
  const encoded = encodeRequest(request);
  const unreached = new Map<ClusterNode, ConnectError>();
  const delivery = { host: sender.host, request: encoded, repeatable: true };
  let renewed = false;
  for (;;) {
    const proof = await sender.authentication.headers('GET', signal);
    const node = sender.ring.order().find(one => !unreached.has(one));
    if (node === undefined) throw unreachableFault(delivery, unreached);
    try {
      const opened = await upgrade(sender, node, encoded.target, proof, signal);
      sender.ring.remember(node, true);
      if (opened instanceof WebSocket) return toStream(opened, signal);
      if (opened.status === 401 && !renewed && sender.authentication.renew(proof)) renewed = true;
      else return raise(sender.read({ reply: { ...opened, status: Math.max(opened.status, 300) }, node }, encoded));
    } catch (error) {
      if (signal.aborted) throw cancelledFault(signal, 'The console');
      if (error instanceof ConnectError) {
        sender.ring.remember(node, false);
        unreached.set(node, error);
      } else if (error instanceof Error && error.name !== 'Fault') throw brokenFault(delivery, node, error);
      else throw error;
    }
  }
}

/** The open socket, or the answer that refused it. */
async function upgrade(
  sender: RequestSender,
  { address }: ClusterNode,
  target: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<WebSocket | Reply> {
  const socket = await sender.connect(address, signal);
  const host = isIPv6(address.host) ? `[${address.host.replace(/%.*$/, '')}]` : address.host;
  const { promise, resolve, reject } = Promise.withResolvers<WebSocket | Reply>();
  const web = new WebSocket(`wss://${host}:${address.port}${address.prefix}${target}`, ['binary'], {
    // The other end has been judged already.
    createConnection: () => socket,
    headers,
    perMessageDeflate: false,
    maxPayload: mostMessageBytes,
    handshakeTimeout: sender.timeout,
  });
  const stop = () => {
    socket.destroy();
    reject(signal.reason);
  };
  signal.addEventListener('abort', stop, { once: true });
  web.once('open', () => resolve(web));
  web.once('error', reject);
  web.once('unexpected-response', (_, answer) => {
    let text = '';
    answer.setEncoding('utf8').on('data', chunk => {
      text = (text + chunk).slice(0, mostReplyBytes);
    });
    const { statusCode: status = 0, statusMessage: reason = '', headers: fields } = answer;
    answer.once('close', () => {
      socket.destroy();
      resolve({ status, reason, type: fields['content-type'] ?? '', text });
    });
  });
  return promise.finally(() => signal.removeEventListener('abort', stop));
}

function toStream(web: WebSocket, signal: AbortSignal): Duplex {
  const stream = createWebSocketStream(web);
  const stop = () => stream.destroy(cancelledFault(signal, 'The console'));
  signal.addEventListener('abort', stop, { once: true });
  stream.once('close', () => signal.removeEventListener('abort', stop));
  if (signal.aborted) stop();
  // Whoever reads it learns of it by its end; nobody else has to.
  stream.on('error', () => {});
  return stream;
}

/** A refusal is always a Fault; this says so to the compiler. */
function raise(unexpected: unknown): never {
  throw new TypeError('A refused socket was read as an answer.', { cause: unexpected });
}
