import { z } from 'zod';

/** A count of bytes. JSON numbers are exact up to 2^53 - 1, which is 8 PiB. */
export const byteCount = z.int().min(0).meta({ unit: 'bytes' });

/** A moment in UTC, e.g. `2026-03-01T12:00:00.000Z`. */
export const timestamp = z.iso.datetime();

/** A duration in seconds; fractions allowed. */
export const seconds = z.number().min(0);
