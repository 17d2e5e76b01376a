import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '../../errors/fault.ts';
import { createStorageFault } from '../../host/download/storage-fault.ts';

const removal = { recursive: true, force: true, maxRetries: 10, retryDelay: 100 };

/**
 * Has `fill` make the content of a new folder, and then puts it in the place of `folder`, whose old content goes. Until
 * then the old content stays as it is; when `fill` fails, nothing of the new one is left. What a killed process has left
 * is removed at the next call; calls for one folder must not run at once. Faults: `busy` when a program of the old
 * content runs (on Windows).
 */
export async function swapFolder(folder: string, fill: (draft: string) => Promise<void>): Promise<void> {
  await sweep(folder);
  const token = randomBytes(6).toString('hex');
  const draft = `${folder}.${token}.new`;
  try {
    await mkdir(draft, { recursive: true }).catch(error => {
      throw createStorageFault(draft, error);
    });
    await fill(draft);
    await putInPlace(draft, folder, `${folder}.${token}.old`);
  } finally {
    await rm(draft, removal);
  }
}

async function putInPlace(draft: string, folder: string, old: string): Promise<void> {
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  );
  try {
    if (isThere) await rename(folder, old);
  } catch (error) {
    throw new Fault('busy', `The QEMU in ${folder} cannot be replaced: one of its programs is running.`, {
      remedy: 'Stop the machines that run, then try again.',
      data: { folder, systemCode: error instanceof Error && 'code' in error ? error.code : undefined },
      cause: error,
    });
  }
  try {
    await rename(draft, folder);
  } catch (error) {
    if (isThere) await rename(old, folder);
    throw createStorageFault(folder, error);
  }
  // Whatever cannot be removed now is removed by the next installation.
  await rm(old, removal).catch(() => {});
}

async function sweep(folder: string): Promise<void> {
  const prefix = `${path.basename(folder)}.`;
  const names = await readdir(path.dirname(folder)).catch(() => []);
  for (const name of names.filter(
    candidate => candidate.startsWith(prefix) && /\.[0-9a-f]{12}\.(new|old)$/.test(candidate),
  )) {
    await rm(path.join(path.dirname(folder), name), removal).catch(() => {});
  }
}
