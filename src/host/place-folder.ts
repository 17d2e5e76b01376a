import { lstat, open, readdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Fault } from '../errors/fault.ts';

/**
 * Gives a finished folder of files its final name in the same file system, after all of it is on the disk. Whatever has that
 * name by then stays (Fault `conflict`).
 */
export async function placeFolder(draft: string, target: string): Promise<void> {
  for (const name of await readdir(draft)) await flush(join(draft, name), 'r+');
  await flushFolder(draft);
  const found = await lstat(target).catch(() => undefined);
  if (found !== undefined) throw takenFault(target, undefined);
  try {
    // Renaming replaces no file and no folder with something in it.
    await rename(draft, target);
  } catch (error) {
    const isTaken = (await lstat(target).catch(() => undefined)) !== undefined;
    throw isTaken ? takenFault(target, error) : error;
  }
  await flushFolder(dirname(target));
}

async function flush(path: string, mode: 'r' | 'r+'): Promise<void> {
  const file = await open(path, mode);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Windows can not, and some file systems do not; the names then get there a moment later. */
async function flushFolder(path: string): Promise<void> {
  if (process.platform !== 'win32') await flush(path, 'r').catch(() => undefined);
}

function takenFault(target: string, cause: unknown): Fault {
  return new Fault('conflict', `Something else took the name ${target} meanwhile; it was left as it is.`, {
    remedy: 'Choose another target.',
    data: { field: 'target', path: target },
    cause,
  });
}
