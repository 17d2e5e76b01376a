import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

/** How one request is answered. Fractions are parts of the content. */
export type Behaviour =
  | { readonly kind: 'good' }
  | { readonly kind: 'good without length' }
  | { readonly kind: 'break' | 'stall'; readonly at: number }
  | { readonly kind: 'close before headers' }
  | { readonly kind: 'silence' }
  | { readonly kind: 'announce'; readonly length: number }
  | { readonly kind: 'redirect'; readonly to: string }
  | { readonly kind: 'ignore range' }
  | { readonly kind: 'wrong range'; readonly value: string }
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }
  | { readonly kind: 'changed file'; readonly content: Buffer; readonly etag?: string; readonly at?: number }
  | { readonly kind: 'same tag, other bytes' }
  | { readonly kind: 'gzip' }
  | { readonly kind: 'page' }
  | { readonly kind: 'endless' }
  | { readonly kind: 'drip'; readonly everyMs: number };

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
  readonly at: number;
}

export interface HostileServer extends AsyncDisposable {
  readonly origin: string;
  readonly url: string;
  readonly requests: SeenRequest[];
  /** Bytes of content handed to the network so far. */
  readonly sentBytes: () => number;
  /** Answers to GET in their order; what comes after the last is "good". */
  script: Behaviour[];
  content: Buffer;
  etag: string | undefined;
  lastModified: string | undefined;
  /** Texts at other paths. */
  readonly texts: Map<string, string>;
}

export const sha512 = (content: Buffer) => createHash('sha512').update(content).digest('hex');

/** A file server on loopback that misbehaves as it is told. */
export async function startHostileServer(content: Buffer): Promise<HostileServer> {
  const requests: SeenRequest[] = [];
  let sent = 0;
  const count = (response: ServerResponse, bytes: Buffer) => {
    sent += bytes.length;
    return response.write(bytes);
  };
  const server = createServer((request, response) => {
    response.on('error', () => {});
    const { method = '', url: path = '' } = request;
    const { range, 'if-range': ifRange } = request.headers;
    requests.push({ method, path, range, ifRange: ifRange?.toString(), at: performance.now() });
    const text = state.texts.get(path);
    if (text !== undefined) return void response.end(method === 'HEAD' ? undefined : text);
    if (path !== '/file' && !path.endsWith('.exe') && !path.endsWith('.iso')) {
      response.statusCode = 404;
      return void response.end();
    }
    const behaviour = (method === 'GET' ? state.script.shift() : undefined) ?? { kind: 'good' };
    void answer(state, behaviour, request, response, count).catch(() => request.socket.destroy());
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const state: HostileServer = {
    origin,
    url: `${origin}/file`,
    requests,
    sentBytes: () => sent,
    script: [],
    content,
    etag: '"one"',
    lastModified: undefined,
    texts: new Map(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
  return state;
}

type Count = (response: ServerResponse, bytes: Buffer) => boolean;

async function answer(
  state: HostileServer,
  behaviour: Behaviour,
  request: IncomingMessage,
  response: ServerResponse,
  count: Count,
): Promise<void> {
  if (state.etag !== undefined) response.setHeader('etag', state.etag);
  if (state.lastModified !== undefined) response.setHeader('last-modified', state.lastModified);
  const { content } = state;
  switch (behaviour.kind) {
    case 'close before headers':
      return void request.socket.destroy();
    case 'silence':
      return;
    case 'status':
      response.statusCode = behaviour.status;
      if (behaviour.retryAfter !== undefined) response.setHeader('retry-after', behaviour.retryAfter);
      return void response.end('no');
    case 'redirect':
      response.writeHead(302, { location: behaviour.to });
      return void response.end('elsewhere');
    case 'page':
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
      return void response.end('<html>Please log in to the hotel.</html>');
    case 'gzip':
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': gzipSync(content).length });
      return void response.end(gzipSync(content));
    case 'announce': {
      // Past node:http, which would not let it lie.
      const tag = state.etag === undefined ? '' : `ETag: ${state.etag}\r\n`;
      request.socket.write(`HTTP/1.1 200 OK\r\n${tag}Content-Length: ${behaviour.length}\r\n\r\n`);
      request.socket.write(content);
      return void (behaviour.length > content.length && request.socket.end());
    }
    case 'endless':
      response.writeHead(200);
      for (const piece = Buffer.alloc(65_536, 7); !request.socket.destroyed; await delay(1)) count(response, piece);
      return;
    case 'drip':
      response.writeHead(200, { 'content-length': content.length });
      for (let at = 0; at < content.length && !request.socket.destroyed; at++) {
        count(response, content.subarray(at, at + 1));
        await delay(behaviour.everyMs);
      }
      return void response.end();
    case 'wrong range':
      response.writeHead(206, { 'content-range': behaviour.value });
      // As many bytes as one half misses, but not those.
      return void response.end(content.subarray(0, content.length / 2));
    case 'same tag, other bytes':
      return sendWhole(Buffer.alloc(content.length, 1), 1, false, request, response, count);
    case 'changed file':
      response.setHeader('etag', behaviour.etag ?? '"two"');
      return sendWhole(behaviour.content, behaviour.at ?? 1, false, request, response, count);
    case 'good without length':
      count(response, content);
      return void response.end();
    default:
      return sendRange(state, behaviour, request, response, count);
  }
}

async function sendRange(
  state: HostileServer,
  behaviour: Behaviour,
  request: IncomingMessage,
  response: ServerResponse,
  count: Count,
): Promise<void> {
  const { content } = state;
  const at = 'at' in behaviour ? (behaviour.at ?? 1) : 1;
  const start = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
  const asked = request.headers['if-range'];
  const isSame = asked === undefined || asked === state.etag || asked === state.lastModified;
  const isStall = behaviour.kind === 'stall';
  if (start === undefined || !isSame || behaviour.kind === 'ignore range') {
    return sendWhole(content, at, isStall, request, response, count);
  }
  if (Number(start) >= content.length) {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` });
    return void response.end();
  }
  response.statusCode = 206;
  response.setHeader('content-range', `bytes ${start}-${content.length - 1}/${content.length}`);
  return sendWhole(content.subarray(Number(start)), at, isStall, request, response, count);
}

async function sendWhole(
  content: Buffer,
  at: number,
  isStall: boolean,
  request: IncomingMessage,
  response: ServerResponse,
  count: Count,
): Promise<void> {
  response.setHeader('content-length', content.length);
  if (request.method === 'HEAD') return void response.end();
  response.flushHeaders();
  if (at >= 1) {
    count(response, content);
    return void response.end();
  }
  const part = content.subarray(0, Math.floor(content.length * at));
  if (part.length > 0) count(response, part);
  if (isStall) return;
  // Time for what was written to leave before the connection is torn down.
  await delay(20);
  request.socket.destroy();
}
