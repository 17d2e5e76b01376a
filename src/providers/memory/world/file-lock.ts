import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cancelledFault, Fault } from '../../../errors/fault.ts';
import { identifySelf } from '../../../host/identify-self.ts';
import { isProcessAlive } from '../../../host/process-identity.ts';

/** Changes take milliseconds; whoever holds the lock longer is stuck. */
const patienceMilliseconds = 10_000;

interface Lock {
  readonly token: string;
  readonly owner: { readonly pid: number; readonly start?: string | undefined };
}

/**
 * Does `work` while no other process does. The lock is a file that appears with its content in one step; that of a
 * process that died is removed under a lock of its own, named after it, so that nobody removes a successor by mistake.
 */
export async function withFileLock<Result>(
  file: string,
  signal: AbortSignal | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  await acquire(file, signal, Date.now() + patienceMilliseconds);
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function acquire(file: string, signal: AbortSignal | undefined, deadline: number): Promise<void> {
  while (!(await tryToCreate(file))) {
    const holder = await readLock(file);
    if (holder !== undefined && !(await isProcessAlive(holder.owner))) {
      await removeStale(file, holder, signal, deadline);
      continue;
    }
    if (Date.now() > deadline) throw stuckFault(file, holder);
    await delay(5 + Math.random() * 20, undefined, { signal }).catch(() => {});
    if (signal?.aborted) throw cancelledFault(signal, 'Waiting for the state file');
  }
}

async function tryToCreate(file: string): Promise<boolean> {
  const token = randomBytes(6).toString('hex');
  const lock: Lock = { token, owner: await identifySelf() };
  const draft = `${file}.${token}.draft`;
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  try {
    await writeFile(draft, JSON.stringify(lock), { mode: 0o600, flag: 'wx' });
    await link(draft, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw new Fault('host_fault', `The state file beside ${file} cannot be locked.`, {
      remedy: 'Set "providers.memory.file" to a file in a folder that can be written.',
      data: { field: 'providers.memory.file' },
      cause: error,
    });
  } finally {
    await rm(draft, { force: true });
  }
}

async function removeStale(file: string, stale: Lock, signal: AbortSignal | undefined, deadline: number) {
  const mine = `${file}.${stale.token}`;
  await acquire(mine, signal, deadline);
  try {
    // Another process may have removed it, and a third one hold the lock by now.
    if ((await readLock(file))?.token === stale.token) await rm(file, { force: true });
  } finally {
    await rm(mine, { force: true });
  }
}

async function readLock(file: string): Promise<Lock | undefined> {
  try {
    const raw = JSON.parse(await readFile(file, 'utf8')) as Partial<Lock>;
    return typeof raw.token === 'string' && typeof raw.owner?.pid === 'number' ? (raw as Lock) : undefined;
  } catch {
    return undefined;
  }
}

function stuckFault(file: string, holder: Lock | undefined): Fault {
  const who = holder === undefined ? 'somebody' : `process ${holder.owner.pid}`;
  return new Fault('host_fault', `The lock ${file} is held by ${who} for too long.`, {
    remedy: `End that process; when no vmbridge runs, remove ${file}.`,
    data: { processId: holder?.owner.pid },
  });
}
