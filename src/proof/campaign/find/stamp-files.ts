import { createHash, randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';

/** Stands for files as they are now: what is written to one of them changes it, as far as the system notes that. */
export async function stampFiles(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) {
    const found = await stat(file, { bigint: true }).catch(() => undefined);
    // What is written to a device leaves no trace in its times: it is never the same.
    const rest = found?.isFile() ? [found.size, found.mtimeNs, found.ino].map(String) : [randomUUID()];
    hash.update(JSON.stringify([file, ...rest]));
  }
  return hash.digest('base64url');
}
