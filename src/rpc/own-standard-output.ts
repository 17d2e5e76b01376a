type Write = (data: string | Uint8Array, done?: (error?: Error | null) => void) => boolean;

/**
 * Keeps standard output for the protocol: whatever else writes to it, `console.log` included, goes to standard error.
 * Returns the one function that still reaches standard output.
 */
export function ownStandardOutput(): Write {
  const { stdout } = process;
  const write = stdout.write.bind(stdout);
  const divert = (...parameters: Parameters<typeof write>): boolean => process.stderr.write(...parameters);
  stdout.write = divert as typeof stdout.write;
  return (data, done) => write(data, done);
}
