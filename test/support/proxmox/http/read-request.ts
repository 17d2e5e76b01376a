import type { IncomingMessage } from 'node:http';
import { ApiError } from '../schema/api-error.ts';
import type { Value, Values } from '../schema/check-parameters.ts';
import type { SentFile } from '../state/handler.ts';
import { readMultipart } from './multipart.ts';

export interface SentBody {
  readonly params: Values;
  readonly file: SentFile | undefined;
}

/** The real one takes no longer forms than this. */
const longestForm = 512 * 1024;

/** What was sent besides the path: the query, and the body of POST and PUT. */
export async function readBody(request: IncomingMessage, query: URLSearchParams): Promise<SentBody> {
  if (request.headers['transfer-encoding'] !== undefined) {
    request.resume();
    throw new ApiError(501, 'chunked transfer encoding not supported');
  }
  const fromQuery = readPairs(query);
  const body = await collect(request);
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (request.method !== 'POST' && request.method !== 'PUT') {
    if (body.length > 0) throw new ApiError(501, `Unexpected content for method '${request.method}'`);
    return { params: fromQuery, file: undefined };
  }
  if (type === 'multipart/form-data') {
    const { fields, file } = readMultipart(request.headers['content-type'] ?? '', body);
    return { params: { ...fromQuery, ...fields }, file };
  }
  if (body.length > longestForm) throw new ApiError(501, 'for data too large');
  if (body.length === 0) return { params: fromQuery, file: undefined };
  if (type === 'application/json') return { params: { ...fromQuery, ...readJson(body) }, file: undefined };
  if (type !== '' && type !== 'application/x-www-form-urlencoded')
    throw new ApiError(506, `upload 'Content-Type '${type}' not implemented`);
  return { params: { ...fromQuery, ...readPairs(new URLSearchParams(body.toString('utf8'))) }, file: undefined };
}

async function collect(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

function readJson(body: Buffer): Values {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Values;
  } catch {}
  throw new ApiError(400, 'unable to parse JSON parameters');
}

/** A name that comes several times is a list. */
function readPairs(pairs: URLSearchParams): Values {
  const values: Record<string, Value> = {};
  for (const name of new Set(pairs.keys())) {
    const all = pairs.getAll(name);
    values[name] = all.length === 1 ? (all[0] ?? '') : all;
  }
  return values;
}
