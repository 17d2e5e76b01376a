import type { Definition } from '../schema/types.ts';

/**
 * Writes an answer as real hosts now and then do, against their own schema: numbers as texts, members that are not declared,
 * null for a list or an object that is empty.
 */
export function deviate(definition: Definition, value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = definition.items ?? {};
    return value.map(item => deviate(items, item));
  }
  if (typeof value === 'object' && value !== null) {
    const properties = definition.properties ?? {};
    const members = Object.entries(value).map(([name, part]) => {
      const inner = properties[name] ?? {};
      const isEmpty = inner.optional && typeof part === 'object' && part !== null && Object.keys(part).length === 0;
      return [name, isEmpty ? null : deviate(inner, part)];
    });
    return { ...Object.fromEntries(members), 'not-declared': { since: 'a later version' } };
  }
  return typeof value === 'number' && definition.type !== undefined ? String(value) : value;
}
