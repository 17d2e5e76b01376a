import { randomInt } from 'node:crypto';

const letters = '0123456789abcdefghjkmnpqrstvwxyz';

/** A name for a run that nobody named. */
export function newRunId(): string {
  return `run-${Array.from({ length: 8 }, () => letters[randomInt(letters.length)]).join('')}`;
}
