import { realpath, stat } from 'node:fs/promises';

/** The same for every name of the same file; undefined when there is no such file. */
export async function identifyPath(file: string): Promise<string | undefined> {
  const found = await stat(file, { bigint: true }).catch(() => undefined);
  if (found === undefined) return undefined;
  // Some file systems have no numbers.
  return found.ino === 0n ? await realpath(file).catch(() => file) : `${found.dev}:${found.ino}`;
}
