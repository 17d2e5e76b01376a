/** What a call that is answered by a configured host can meet. */
export const hostErrors = [
  'not_found',
  'ambiguous',
  'conflict',
  'invalid',
  'denied',
  'unsupported',
  'cancelled',
  'failed',
] as const;
