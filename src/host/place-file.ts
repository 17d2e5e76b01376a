import { link, lstat, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault } from '../errors/fault.ts';

/**
 * Gives a finished file its final name in the same file system, after all of it is on the disk. What has that name by then
 * is never replaced (Fault `conflict`). Afterwards the file may still have its old name as well. `hardLink` stands for
 * `link` in tests.
 */
export async function placeFile(draft: string, target: string, hardLink: typeof link = link): Promise<void> {
  await flush(draft, 'r+');
  try {
    await hardLink(draft, target);
  } catch (error) {
    if (isCode(error, 'EEXIST')) throw takenFault(target, error);
    // FAT, some network file systems and some containers have no hard links.
    await renameOntoReserved(draft, target);
  }
  if (process.platform !== 'win32') await flush(dirname(target), 'r').catch(() => undefined);
}

/** Takes the name with an empty file first: that fails when there is one, which renaming does not. */
async function renameOntoReserved(draft: string, target: string): Promise<void> {
  const reserved = await open(target, 'wx').catch((error: unknown) => {
    throw isCode(error, 'EEXIST') ? takenFault(target, error) : error;
  });
  const own = await reserved.stat({ bigint: true });
  const isOwn = async () => {
    const found = await lstat(target, { bigint: true }).catch(() => undefined);
    return found?.isFile() === true && found.ino === own.ino && found.dev === own.dev && found.size === 0n;
  };
  const untouched = await isOwn().finally(() => reserved.close());
  if (!untouched) throw takenFault(target, undefined);
  try {
    await rename(draft, target);
  } catch (error) {
    if (await isOwn()) await rm(target, { force: true });
    throw error;
  }
}

async function flush(path: string, mode: 'r' | 'r+'): Promise<void> {
  const file = await open(path, mode);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function takenFault(target: string, cause: unknown): Fault {
  return new Fault('conflict', `Something else took the name ${target} meanwhile; it was left as it is.`, {
    remedy: 'Choose another target.',
    data: { path: target },
    cause,
  });
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
