import { userInfo } from 'node:os';

let known: string | undefined;

/** The account that runs vmbridge; asked of the system once. */
export function userName(): string {
  try {
    known ??= userInfo().username;
  } catch {
    // A container may run under a number that no account has.
    known = String(process.getuid?.() ?? 'unknown');
  }
  return known;
}
