import { nearWords } from '../../../errors/near-words.ts';
import type { ApiSchema } from './api-schema.ts';

/** Where a path leads: the template of the schema, and what stands in the places of its `{…}`. */
export interface FoundPath {
  readonly template: string;
  readonly values: Readonly<Record<string, string>>;
}

/** At the end of a path these take the rest of it: "local:iso/debian.iso" has a slash of its own. */
const mayHoldSlashes: ReadonlySet<string> = new Set(['{volume}', '{cidr}']);

/** Finds the template of a path, in which values or the template's own `{…}` may stand. Words go before placeholders. */
export function findPath({ paths }: ApiSchema, path: string): FoundPath | undefined {
  const parts = splitPath(path);
  const fitting = Object.keys(paths).flatMap(template => {
    const values = matchTemplate(splitPath(template), parts);
    return values === undefined ? [] : [{ template, values }];
  });
  return fitting.sort((a, b) => Object.keys(a.values).length - Object.keys(b.values).length)[0];
}

/** Templates that may have been meant, nearest first. */
export function nearPaths({ paths }: ApiSchema, path: string): string[] {
  const parts = splitPath(path);
  // Values in the path must not count as misspelt.
  const filled = new Map(
    Object.keys(paths).map(template => [
      splitPath(template)
        .map((part, index) => (isPlaceholder(part) ? (parts[index] ?? part) : part))
        .join('/'),
      template,
    ]),
  );
  return nearWords(parts.join('/'), [...filled.keys()]).map(near => filled.get(near) ?? near);
}

export function splitPath(path: string): string[] {
  return path
    .replace(/^\/api2\/(json|extjs)(?=\/)/, '')
    .split('/')
    .filter(part => part !== '');
}

function matchTemplate(template: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  const values: Record<string, string> = {};
  for (const [index, wanted] of template.entries()) {
    const isLast = index === template.length - 1;
    const part = isLast && mayHoldSlashes.has(wanted) ? parts.slice(index).join('/') : parts[index];
    if (part === undefined || part === '') return undefined;
    if (!isPlaceholder(wanted)) {
      if (part !== wanted) return undefined;
    } else if (!isPlaceholder(part)) values[wanted.slice(1, -1)] = decode(part);
    else if (part !== wanted) return undefined;
  }
  return template.length >= parts.length || mayHoldSlashes.has(template.at(-1) ?? '') ? values : undefined;
}

function isPlaceholder(part: string): boolean {
  return part.startsWith('{') && part.endsWith('}');
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
