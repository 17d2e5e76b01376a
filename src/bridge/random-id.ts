import { randomInt } from 'node:crypto';

const letters = '0123456789abcdefghijklmnopqrstuvwxyz';

/** An id that nobody guesses, e.g. `ap-k3v9x2m1pq`. */
export function randomId(prefix: string): string {
  return `${prefix}-${Array.from({ length: 10 }, () => letters[randomInt(letters.length)]).join('')}`;
}
