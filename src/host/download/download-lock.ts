import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cancelledFault } from '../../errors/fault.ts';
import { identifySelf } from '../identify-self.ts';
import { isProcessAlive, type ProcessIdentity } from '../process-identity.ts';
import { createStorageFault } from './storage-fault.ts';

interface Lock {
  readonly token: string;
  readonly owner: ProcessIdentity;
}

const renewMs = 20_000;
/** A lock that was not renewed for so long has lost its owner, even where a new process has the same number. */
const staleMs = 180_000;
/** A lock is made and then filled; one that stays empty is that of a process killed in between. */
const emptyMs = 10_000;

/**
 * Does `work` while no other download to the same target runs, here or in another process, and waits for those as long
 * as the signal allows; `onWait` is called once when there is something to wait for.
 */
export async function withDownloadLock<Result>(
  file: string,
  signal: AbortSignal,
  onWait: () => void,
  work: () => Promise<Result>,
): Promise<Result> {
  await acquire(file, signal, onWait);
  const renewal = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => {}), renewMs);
  renewal.unref();
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    await rm(file, { force: true });
  }
}

async function acquire(file: string, signal: AbortSignal, onWait: () => void): Promise<void> {
  await mkdir(dirname(file), { recursive: true }).catch(error => {
    throw createStorageFault(file, error);
  });
  for (let told = false; !(await tryToCreate(file)); ) {
    const stale = await findStale(file);
    if (stale !== undefined) {
      await removeStale(file, stale, signal);
      continue;
    }
    if (!told) onWait();
    told = true;
    await delay(100 + Math.random() * 100, undefined, { signal }).catch(() => {});
    if (signal.aborted) throw cancelledFault(signal, `Waiting for the download to ${file.replace(/\.lock$/, '')}`);
  }
}

async function tryToCreate(file: string): Promise<boolean> {
  const lock: Lock = { token: randomBytes(6).toString('hex'), owner: await identifySelf() };
  try {
    await writeFile(file, JSON.stringify(lock), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    // Windows says EPERM of a file that somebody is just removing.
    if (code === 'EEXIST' || (process.platform === 'win32' && code === 'EPERM')) return false;
    throw createStorageFault(file, error);
  }
}

/** The token of a lock whose owner is gone; the empty text is that of a lock without content. */
async function findStale(file: string): Promise<string | undefined> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) return undefined;
  const age = Date.now() - found.mtimeMs;
  const lock = await readLock(file);
  if (lock === undefined) return age > emptyMs ? '' : undefined;
  return age > staleMs || !(await isProcessAlive(lock.owner)) ? lock.token : undefined;
}

/** Under a lock of its own, named after it: another process may have removed it, and a third one hold the lock by now. */
async function removeStale(file: string, token: string, signal: AbortSignal): Promise<void> {
  const mine = `${file}.${token || 'empty'}`;
  await acquire(mine, signal, () => {});
  try {
    if ((await findStale(file)) === token) await rm(file, { force: true });
  } finally {
    await rm(mine, { force: true });
  }
}

async function readLock(file: string): Promise<Lock | undefined> {
  try {
    const raw: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (typeof raw !== 'object' || raw === null) return undefined;
    const { token, owner } = raw as { token?: unknown; owner?: Partial<ProcessIdentity> };
    if (typeof token !== 'string' || !/^[0-9a-f]{12}$/.test(token) || typeof owner?.pid !== 'number') return undefined;
    return { token, owner: { pid: owner.pid, start: owner.start } };
  } catch {
    return undefined;
  }
}
