import { escapeControls } from '../errors/escape.ts';

/** Says something of a server itself on standard error. */
export function tell(message: string): void {
  process.stderr.write(`vmbridge: ${escapeControls(message)}\n`);
}

/** Resolves with the exit status after an error that nobody caught, when the state of the process can no longer be trusted. */
export function waitForCrash(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  process.on('uncaughtException', error => {
    tell(`Unexpected error: ${error.stack ?? error.message}`);
    resolve(1);
  });
  // A promise that nobody waited for belongs to one call; the others need not suffer for it.
  process.on('unhandledRejection', reason => {
    tell(`Unexpected error: ${reason instanceof Error ? reason.stack : String(reason)}`);
  });
  return promise;
}
