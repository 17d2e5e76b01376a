import { z } from 'zod';
import { numberOf, wordsOf } from '../reply-values.ts';

// Real answers deviate from what is declared: numbers come as texts, flags as 0 and 1, and null stands for nothing.

export const text = z
  .unknown()
  .optional()
  .transform(value => (typeof value === 'string' || typeof value === 'number' ? String(value) : undefined))
  .transform(value => (value === '' ? undefined : value));

export const number = z.unknown().optional().transform(numberOf);

export const flag = z
  .unknown()
  .optional()
  .transform(value => {
    if (value === undefined || value === null || value === '') return undefined;
    return value === true || value === 1 || value === '1';
  });

/** `a,b;c` as a list. */
export const words = z.unknown().optional().transform(wordsOf);

/** Whole bytes, or nothing where none were told. */
export function toBytes(value: number | undefined): number | undefined {
  return value === undefined || value < 0 ? undefined : Math.round(value);
}

/** Seconds since 1970 as a moment in UTC. */
export function toTimestamp(seconds: number | undefined): string | undefined {
  return seconds === undefined || seconds <= 0 ? undefined : new Date(seconds * 1000).toISOString();
}
