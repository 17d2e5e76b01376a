import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { fileFault } from './source/file-fault.ts';
import { openFile } from './source/open-file.ts';

/** What tells whether a file is still the same: compared before and after a boot. */
export interface FileIdentity {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** When the content was last written, in UTC. */
  readonly modified: string;
  /** When content or attributes last changed, in UTC. */
  readonly changed: string;
  /** Number of the file in its file system, as decimal digits; absent where there is none. */
  readonly inode?: string | undefined;
  /** SHA-256 of the content in hexadecimal, when it was asked for. */
  readonly sha256?: string | undefined;
}

export interface IdentifyOptions {
  /** Also read the whole file and sum it. */
  readonly sha256?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
}

const chunk = 4 * 1024 * 1024;

/** Looks a file up, and sums its content when asked. Throws a Fault: `not_found`, `denied`, `invalid`, `cancelled`. */
export async function identifyFile(path: string, options: IdentifyOptions = {}): Promise<FileIdentity> {
  const file = await openFile(path, options.signal);
  try {
    const stats = await stat(path, { bigint: true }).catch(error => {
      throw fileFault(error, path);
    });
    return {
      path,
      size: file.size,
      modified: stats.mtime.toISOString(),
      changed: stats.ctime.toISOString(),
      ...(stats.ino === 0n ? {} : { inode: stats.ino.toString() }),
      ...(options.sha256 ? { sha256: await sumFile(file, options) } : {}),
    };
  } finally {
    await file.close();
  }
}

async function sumFile(file: Awaited<ReturnType<typeof openFile>>, options: IdentifyOptions): Promise<string> {
  const hash = createHash('sha256');
  // The next part is read while the last one is summed.
  const readAt = (at: number) => file.read(at, Math.min(chunk, file.size - at), options.signal);
  let next = readAt(0);
  for (let at = 0; at < file.size; at += chunk) {
    const bytes = await next;
    const following = at + chunk;
    if (following < file.size) {
      next = readAt(following);
      // Awaited in the next round; until then a failure must not count as unhandled.
      next.catch(() => undefined);
    }
    hash.update(bytes);
    options.progress?.(Math.min(following, file.size), file.size);
  }
  return hash.digest('hex');
}
