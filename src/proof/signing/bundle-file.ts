import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { cancelledFault } from '../../errors/fault.ts';

// Neither follows a link nor waits for the other end of a pipe.
const careful = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const pieceBytes = 1024 * 1024;

/** What keeps a file from being read as part of a bundle, for people; undefined when nothing does. */
export async function explainUnreadable(file: string): Promise<string | undefined> {
  const found = await lstat(file).catch(() => undefined);
  if (found === undefined) return 'is missing';
  if (found.isSymbolicLink()) return 'is a symbolic link';
  return found.isFile() ? undefined : 'is not a file';
}

/** A regular file as a whole; undefined when it is none, longer than that, or may not be read. */
export async function readSmallFile(file: string, longest: number): Promise<Buffer | undefined> {
  return withFile(file, async handle => {
    const { size } = await handle.stat();
    return size > longest ? undefined : await handle.readFile();
  });
}

/** The SHA-256 of a regular file of any length; undefined when it is none or can not be read. */
export async function hashBundleFile(file: string, signal?: AbortSignal): Promise<string | undefined> {
  return withFile(file, async handle => {
    const hash = createHash('sha256');
    const piece = Buffer.allocUnsafe(pieceBytes);
    for (;;) {
      if (signal?.aborted) throw cancelledFault(signal, `Reading ${file}`);
      const { bytesRead } = await handle.read(piece, 0, piece.length);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(piece.subarray(0, bytesRead));
    }
  });
}

async function withFile<Result>(
  file: string,
  work: (handle: FileHandle) => Promise<Result>,
): Promise<Result | undefined> {
  // Windows has no such flags, so a link is looked for before.
  if ((await explainUnreadable(file)) !== undefined) return undefined;
  const handle = await open(file, careful).catch(() => undefined);
  if (handle === undefined) return undefined;
  try {
    if (!(await handle.stat()).isFile()) return undefined;
    return await work(handle);
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string' && /^E[A-Z]+$/.test(error.code))
      return undefined;
    throw error;
  } finally {
    await handle.close();
  }
}
