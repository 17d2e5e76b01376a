import { Writable } from 'node:stream';
import { ownStandardOutput } from '../own-standard-output.ts';

/** Standard output as a stream for the protocol alone; whatever else writes there goes to standard error from now on. */
export function claimStdout(): Writable {
  const write = ownStandardOutput();
  const claimed = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      write(chunk, done);
    },
  });
  // A reader that went away is noticed through the stream's own error.
  process.stdout.on('error', error => claimed.destroy(error));
  return claimed;
}
