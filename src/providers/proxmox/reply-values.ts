import { Fault } from '../../errors/fault.ts';

export type ReplyRecord = Readonly<Record<string, unknown>>;

/**
 * Replies deviate from the official schema in every release: numbers come as texts, booleans as 0 and 1, and null stands for
 * what is not there. These read one value of a reply, and give undefined for what it is not.
 */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** A count as our own schemas want it. */
export function countOf(value: unknown): number | undefined {
  const number = numberOf(value);
  return number === undefined || number < 0 ? undefined : Math.min(Math.round(number), Number.MAX_SAFE_INTEGER);
}

export function flagOf(value: unknown): boolean {
  return value === true || value === 1 || value === '1' || value === 'on' || value === 'yes' || value === 'true';
}

/** Separated by semicolons, commas or spaces, depending on the release. */
export function wordsOf(value: unknown): string[] {
  return typeof value === 'string' ? value.split(/[;,\s]+/).filter(word => word !== '') : [];
}

/** The reply as an object. Throws `failed` for anything else. */
export function recordOf(value: unknown, what: string): ReplyRecord {
  if (isRecord(value)) return value;
  throw new Fault('failed', `The host's answer about ${what} is not what its API describes.`, {
    remedy: 'Look whether something stands between vmbridge and the host, e.g. a proxy.',
    data: { got: value === null ? 'null' : typeof value },
  });
}

/** The reply as a list of objects; null stands for an empty one. Throws `failed` for anything else. */
export function recordsOf(value: unknown, what: string): ReplyRecord[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) return [recordOf(undefined, what)];
  return value.filter(isRecord);
}

export function isRecord(value: unknown): value is ReplyRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
