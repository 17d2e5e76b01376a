import type { ToolOutput } from '../../../catalog/types.ts';
import type { Operation } from '../../define-provider.ts';
import type { Method } from '../client/request.ts';
import type { ProxmoxSession } from '../session.ts';
import { type ApiMethod, type ApiSchema, isSet } from './api-schema.ts';
import { describeDefinition } from './describe-definition.ts';
import { findPath } from './find-path.ts';
import { readApiSchema } from './read-api-schema.ts';

type Described = ToolOutput<'proxmox.api.describe'>['methods'][number];

/** With so many matches or fewer, parameters are told too. */
const fewMatches = 5;

export const describeApi: Operation<ProxmoxSession, 'proxmox.api.describe'> = async (session, input, { signal }) => {
  const schema = await readApiSchema(session, signal);
  const found = listMethods(schema, input.path).filter(
    each => input.method === undefined || each.method === input.method,
  );
  const detailed = found.length <= fewMatches;
  const methods = found.slice(0, input.limit).map(each => describe(each, detailed));
  return { methods, total: found.length, version: schema.version };
};

interface Found {
  readonly method: Method;
  readonly path: string;
  readonly declared: ApiMethod;
}

function listMethods(schema: ApiSchema, pattern: string | undefined): Found[] {
  return Object.keys(schema.paths)
    .filter(matcher(schema, pattern))
    .sort()
    .flatMap(path =>
      Object.entries(schema.paths[path] ?? {}).map(([method, declared]) => ({
        method: method as Method,
        path,
        declared,
      })),
    );
}

/** A path that there is means itself; a pattern means what it matches; other words mean every path that has them. */
function matcher(schema: ApiSchema, pattern: string | undefined): (path: string) => boolean {
  if (pattern === undefined) return () => true;
  if (!/[*?]/.test(pattern)) {
    const exact = findPath(schema, pattern)?.template;
    return path => (exact === undefined ? path.includes(pattern) : path === exact);
  }
  const wanted = pattern.toLowerCase().split('*');
  return path => matches(wanted, path.toLowerCase());
}

/** Takes the parts between the stars one after the other, so that no pattern takes long. */
function matches(parts: readonly string[], path: string): boolean {
  const [first = '', ...others] = parts;
  const last = others.pop();
  if (!fits(first, path, 0)) return false;
  if (last === undefined) return path.length === first.length;
  let at = first.length;
  for (const part of others) {
    while (at + part.length <= path.length && !fits(part, path, at)) at += 1;
    at += part.length;
  }
  return at + last.length <= path.length && fits(last, path, path.length - last.length);
}

function fits(part: string, path: string, at: number): boolean {
  return (
    at + part.length <= path.length && [...part].every((letter, index) => letter === '?' || letter === path[at + index])
  );
}

function describe({ method, path, declared }: Found, detailed: boolean): Described {
  const summary = declared.description;
  if (!detailed) return { method, path, summary };
  const parameters = Object.entries(declared.parameters).map(([name, definition]) => ({
    name,
    type: definition.type ?? 'string',
    required: !isSet(definition.optional) && !name.endsWith('[n]'),
    wants: describeDefinition(definition),
    ...(definition.description === undefined ? {} : { description: definition.description }),
  }));
  return { method, path, summary, parameters };
}
