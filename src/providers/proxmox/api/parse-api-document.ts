import { z } from 'zod';
import { Fault } from '../../../errors/fault.ts';
import type { Method } from '../client/request.ts';
import type { ApiMethod, ApiSchema, Definition } from './api-schema.ts';

const rawMethod = z.looseObject({
  description: z.string().optional(),
  parameters: z.looseObject({ properties: z.record(z.string(), z.looseObject({})).optional() }).optional(),
});

interface RawNode {
  readonly path?: unknown;
  readonly info?: unknown;
  readonly children?: unknown;
}

const methods: readonly Method[] = ['GET', 'POST', 'PUT', 'DELETE'];
/** What is kept of a parameter; the rest is for the pages of the manual. */
const kept = [
  'type description optional enum pattern format minimum maximum minLength maxLength default items requires',
  'type-property instance-types default_key alias keyAlias',
].flatMap(line => line.split(' '));

/**
 * Reads the schema that a server publishes for its own API viewer. The document is a program, `const apiSchema = [ … ];` and
 * then code; only the list, which is JSON, is read, and none of it is run.
 */
export function parseApiDocument(text: string, version: string): ApiSchema {
  const paths: Record<string, Partial<Record<Method, ApiMethod>>> = {};
  const left: unknown[] = [...readList(text)];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (typeof node !== 'object' || node === null) continue;
    const { path, info, children } = node as RawNode;
    if (Array.isArray(children)) left.push(...children);
    if (typeof path !== 'string' || typeof info !== 'object' || info === null) continue;
    const found = readMethods(info as Readonly<Record<string, unknown>>);
    if (Object.keys(found).length > 0) paths[path] = found;
  }
  if (Object.keys(paths).length === 0) throw unreadable('it has no paths');
  return { version, paths };
}

function readList(text: string): readonly unknown[] {
  const begin = /(?:const|var|let)\s+\w+\s*=\s*(?=\[)/.exec(text);
  if (begin === null) throw unreadable('the list of paths was not found');
  const start = begin.index + begin[0].length;
  const end = findEnd(text, start);
  try {
    const list: unknown = JSON.parse(text.slice(start, end));
    if (Array.isArray(list)) return list;
  } catch (error) {
    throw unreadable('the list of paths is not JSON', error);
  }
  throw unreadable('the list of paths is not a list');
}

/** Where the bracket that opens at `start` is closed; brackets in texts do not count. */
function findEnd(text: string, start: number): number {
  const tokens = /"(?:[^"\\]|\\.)*"|[[\]]/gs;
  tokens.lastIndex = start;
  let depth = 0;
  for (let found = tokens.exec(text); found !== null; found = tokens.exec(text)) {
    if (found[0] === '[') depth += 1;
    if (found[0] === ']') depth -= 1;
    if (depth === 0) return tokens.lastIndex;
  }
  throw unreadable('the list of paths has no end');
}

function readMethods(info: Readonly<Record<string, unknown>>): Partial<Record<Method, ApiMethod>> {
  const found: Partial<Record<Method, ApiMethod>> = {};
  for (const method of methods) {
    const { data } = rawMethod.safeParse(info[method]);
    if (data === undefined) continue;
    const { description = '', parameters } = data;
    found[method] = {
      description: firstSentence(description),
      parameters: Object.fromEntries(
        Object.entries(parameters?.properties ?? {}).map(([name, raw]) => [name, keepKnown(raw)]),
      ),
    };
  }
  return found;
}

function keepKnown(raw: Readonly<Record<string, unknown>>): Definition {
  const entries = Object.entries(raw).filter(([key]) => kept.includes(key));
  return Object.fromEntries(
    entries.map(([key, value]) => {
      if (key === 'description') return [key, firstSentence(String(value))];
      if (key === 'items' && isRecord(value)) return [key, keepKnown(value)];
      if (key === 'format' && isRecord(value)) return [key, keepParts(value)];
      return [key, value];
    }),
  );
}

function keepParts(parts: Readonly<Record<string, unknown>>): Record<string, Definition> {
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, isRecord(part) ? keepKnown(part) : {}]));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function firstSentence(text: string): string {
  const line = text.trim().split(/\n\s*\n/, 1)[0] ?? '';
  const sentence = /^.*?[.!](?=\s|$)/s.exec(line)?.[0] ?? line;
  return sentence.replace(/\s+/g, ' ').slice(0, 300);
}

function unreadable(why: string, cause?: unknown): Fault {
  return new Fault('failed', `The API schema that the server publishes could not be read: ${why}.`, {
    remedy:
      'Look whether https://<server>:8006/pve-docs/api-viewer/apidoc.js is there; a proxy may answer in its place.',
    cause,
  });
}
