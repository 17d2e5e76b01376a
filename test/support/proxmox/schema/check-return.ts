import type { Definition } from './types.ts';

/** Where the real one is known to answer otherwise than its schema says, and clients must bear it. */
const deviations: Readonly<Record<string, (value: unknown) => boolean>> = {
  'GET /cluster/nextid': value => typeof value === 'string',
  'POST /access/users/{userid}/token/{tokenid}': () => true,
  'GET /access/users/{userid}': () => true,
};

/** What in an answer is not as the schema declares it; nothing when all is. */
export function checkReturn(key: string, definition: Definition, value: unknown): string | undefined {
  if (deviations[key]?.(value)) return undefined;
  return check(definition, value, '');
}

function check(definition: Definition, value: unknown, at: string): string | undefined {
  const where = at === '' ? 'the answer' : at;
  switch (definition.type) {
    case undefined:
    case 'any':
      return undefined;
    case 'null':
      return value === null || value === undefined ? undefined : `${where} must be null`;
    case 'array':
      return checkArray(definition, value, at, where);
    case 'object':
      return checkObject(definition, value, at, where);
    default:
      return checkSingle(definition, value, where);
  }
}

function checkArray(definition: Definition, value: unknown, at: string, where: string): string | undefined {
  if (!Array.isArray(value)) return `${where} must be a list`;
  const items = definition.items;
  if (items === undefined) return undefined;
  return value.map((item, index) => check(items, item, `${at}[${index}]`)).find(problem => problem !== undefined);
}

function checkObject(definition: Definition, value: unknown, at: string, where: string): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return `${where} must be an object`;
  const properties = Object.entries(definition.properties ?? {});
  for (const [name, part] of properties) {
    const inner: unknown = (value as Record<string, unknown>)[name];
    const path = `${at}.${name}`;
    if (inner === undefined) {
      if (!part.optional && !name.endsWith('[n]')) return `${path} is missing`;
      continue;
    }
    const problem = check(part, inner, path);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Booleans go over the wire as 0 and 1. */
function checkSingle(definition: Definition, value: unknown, where: string): string | undefined {
  const { type, minimum, maximum } = definition;
  if (type === 'boolean') return value === 0 || value === 1 ? undefined : `${where} must be 0 or 1`;
  if (type === 'string') {
    if (typeof value !== 'string') return `${where} must be a text`;
    const listed = definition.enum ?? [];
    return listed.length === 0 || listed.includes(value)
      ? undefined
      : `${where} must be one of ${listed.join(', ')}, not ${value}`;
  }
  if (typeof value !== 'number') return `${where} must be a number, not ${JSON.stringify(value)}`;
  if (type === 'integer' && !Number.isInteger(value)) return `${where} must be whole, not ${value}`;
  if (minimum !== undefined && value < minimum) return `${where} must be at least ${minimum}`;
  return maximum !== undefined && value > maximum ? `${where} must be at most ${maximum}` : undefined;
}
