import { lstat, open, opendir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cancelledFault, Fault } from '../errors/fault.ts';

/** Files that are flushed at once: the disk then writes its journal once for all of them. */
const together = 16;

/**
 * Gives a finished folder its final name in the same file system, after all that is in it is on the disk. Whatever has that name
 * by then stays (Fault `conflict`).
 */
export async function placeFolder(draft: string, target: string, signal?: AbortSignal): Promise<void> {
  const stopIfAborted = () => {
    if (signal?.aborted) throw cancelledFault(signal, `Making ${target}`);
  };
  await flushAll(draft, stopIfAborted);
  stopIfAborted();
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

/** Flushes every file and folder below a folder, and that one last. */
async function flushAll(folder: string, stopIfAborted: () => void): Promise<void> {
  const waiting: string[] = [];
  const flushWaiting = async () => {
    stopIfAborted();
    await Promise.all(waiting.splice(0).map(file => flush(file, 'r+')));
  };
  for await (const entry of await opendir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await flushAll(path, stopIfAborted);
    else if (waiting.push(path) === together) await flushWaiting();
  }
  await flushWaiting();
  await flushFolder(folder);
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
