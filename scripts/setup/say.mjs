import { SetupError } from './setup-error.mjs';

let stream = process.stdout;

/** Sends what set-up says to stderr: for callers whose stdout belongs to another program. */
export function sayOnStandardError() {
  stream = process.stderr;
}

/** One line about what set-up does. */
export function say(text) {
  stream.write(`${text}\n`);
}

/** A line that is overwritten by the next; only on a terminal. */
export function sayPassing(text) {
  if (!stream.isTTY) return;
  const width = Math.max(20, (stream.columns ?? 80) - 1);
  stream.write(`\r\u001b[K${text.slice(0, width)}`);
}

export function clearPassing() {
  if (stream.isTTY) stream.write('\r\u001b[K');
}

/** Tells a failed step on stderr, without a stack; gives the exit status. Throws what is no failed step. */
export function tellFailure(error) {
  if (error?.code === 'ENOSPC') {
    const remedy = 'Free at least 2 GB there, then run the same command again.';
    return tellFailure(new SetupError(`The disk is full: ${error.message}`, { remedy }));
  }
  if (!(error instanceof SetupError)) throw error;
  if (error.output) process.stderr.write(`${error.output.trimEnd()}\n\n`);
  process.stderr.write(`${error.message}\n`);
  if (error.remedy) process.stderr.write(`${error.remedy}\n`);
  return error.status;
}

/** Runs the whole script: its result becomes the exit status. */
export async function runScript(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    process.exitCode = tellFailure(error);
  }
}
