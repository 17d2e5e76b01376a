import { constants } from 'node:os';

// SIGBREAK and SIGHUP are what Windows sends for Ctrl+Break and a closed console.
const names = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] as const;

/**
 * Resolves with the exit status at the first signal that asks the process to end. The second one ends it at once, for
 * whoever cannot wait for the clean-up. `deaf` to SIGINT is who serves a program at a terminal, which sends Ctrl-C to both.
 */
export function waitForStopSignal(deaf = false): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  let asked = false;
  for (const name of names) {
    if (deaf && name === 'SIGINT') {
      process.on(name, () => {});
      continue;
    }
    const status = 128 + (constants.signals[name] ?? 0);
    process.on(name, () => {
      if (asked) process.exit(status);
      asked = true;
      resolve(status);
    });
  }
  return promise;
}
