import { createHash } from 'node:crypto';

/**
 * A name for the rules that judged, as they were: SHA-256 of all they say, with patterns as their text. What is code in them is
 * left out; that is told apart by vmbridge's version.
 */
export function hashRules(...rules: readonly unknown[]): string {
  const text = JSON.stringify(rules, (_key, value: unknown) => (value instanceof RegExp ? String(value) : value));
  return createHash('sha256').update(text).digest('hex');
}
