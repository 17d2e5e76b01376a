import { Writable } from 'node:stream';

/**
 * The stream that protocol bytes are written to. From now on everything else that this process writes to stdout, such as
 * a library's `console.log`, goes to stderr.
 */
export function claimStdout(): Writable {
  const { stdout, stderr } = process;
  const write = stdout.write.bind(stdout);
  const claimed = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      write(chunk, done);
    },
  });
  // A reader that went away is noticed through the stream's own error.
  stdout.on('error', error => claimed.destroy(error));
  stdout.write = stderr.write.bind(stderr) as typeof stdout.write;
  return claimed;
}
