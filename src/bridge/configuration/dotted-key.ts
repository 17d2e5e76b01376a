import { Fault } from '../../errors/fault.ts';
import type { RawObject } from './edit.ts';

/** Keys that may have what somebody chose below them. */
const longestPath = 12;

/** `log.level` as the words of a path. Throws `invalid`. */
export function splitKey(key: string): string[] {
  const words = key.split('.');
  if (words.length <= longestPath && words.every(word => word !== '')) return words;
  throw new Fault('invalid', `"${key.slice(0, 100)}" is no key of the configuration.`, {
    remedy: 'Write words with a dot between them, e.g. log.level',
    data: { field: 'key' },
  });
}

/** What stands at a path; undefined when nothing does. */
export function valueAt(raw: unknown, [word, ...rest]: readonly string[]): unknown {
  if (word === undefined) return raw;
  return isObject(raw) && Object.hasOwn(raw, word) ? valueAt(raw[word], rest) : undefined;
}

/** The same with another value at a path; undefined takes the key away, and with it what holds nothing else. */
export function withValueAt(raw: RawObject, [word = '', ...rest]: readonly string[], value: unknown): RawObject {
  const before = Object.hasOwn(raw, word) ? raw[word] : undefined;
  const after = rest.length === 0 ? value : withValueAt(requireObject(before, word), rest, value);
  const isGone = after === undefined || (value === undefined && rest.length > 0 && isEmpty(after));
  const entries = Object.entries(raw).flatMap(([key, each]) => {
    if (key !== word) return [[key, each] as const];
    return isGone ? [] : [[key, after] as const];
  });
  const isNew = !isGone && !Object.hasOwn(raw, word);
  // Unlike an assignment, this makes "__proto__" a key like any other.
  return Object.fromEntries(isNew ? [...entries, [word, after]] : entries);
}

export function isObject(value: unknown): value is RawObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length === 0;
}

function requireObject(value: unknown, word: string): RawObject {
  if (value === undefined) return {};
  if (isObject(value)) return value;
  throw new Fault('invalid', `"${word}" of the configuration holds one value, and nothing below it.`, {
    remedy: 'Set it as a whole; a list is written as JSON, e.g. ["qemu:*"].',
    data: { field: 'key' },
  });
}
