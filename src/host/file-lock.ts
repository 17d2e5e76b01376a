import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cancelledFault, Fault } from '../errors/fault.ts';
import { identifySelf } from './identify-self.ts';
import { isProcessAlive } from './process-identity.ts';

/** Changes of a small file take milliseconds; whoever holds the lock longer is stuck. */
const defaultPatienceMs = 10_000;
/** A lock without content is not taken for one that a network file system shows late, until it is this old. */
const brokenAfterMs = 60_000;

export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for the present holder, in milliseconds. */
  readonly patienceMs?: number | undefined;
  /** The Fault when the holder, if it is known, does not let go in time. */
  readonly explainHeld?: ((processId: number | undefined) => Fault) | undefined;
  /** Where to go on when the lock can not be made. */
  readonly remedy?: string | undefined;
}

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
  options: LockOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  await acquire(file, options, Date.now() + (options.patienceMs ?? defaultPatienceMs));
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

/** The process that holds a lock now; nothing when none does. */
export async function findLockHolder(file: string): Promise<number | undefined> {
  const owner = (await readLock(file))?.owner;
  return owner !== undefined && (await isProcessAlive(owner)) ? owner.pid : undefined;
}

async function acquire(file: string, options: LockOptions, deadline: number): Promise<void> {
  const { signal } = options;
  while (!(await tryToCreate(file, options))) {
    const holder = await readLock(file);
    if (holder === undefined ? await isBroken(file) : !(await isProcessAlive(holder.owner))) {
      await removeStale(file, holder, options, deadline);
      continue;
    }
    if (Date.now() > deadline) throw (options.explainHeld ?? (() => stuckFault(file, holder)))(holder?.owner.pid);
    await delay(5 + Math.random() * 20, undefined, { signal }).catch(() => {});
    if (signal?.aborted) throw cancelledFault(signal, `Waiting for the lock ${file}`);
  }
}

async function tryToCreate(file: string, { remedy }: LockOptions): Promise<boolean> {
  const token = randomBytes(6).toString('hex');
  const lock: Lock = { token, owner: await identifySelf() };
  const draft = `${file}.${token}.draft`;
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  try {
    await writeFile(draft, JSON.stringify(lock), { mode: 0o600, flag: 'wx' });
    await link(draft, file);
    return true;
  } catch (error) {
    if (isTaken(error)) return false;
    throw new Fault('host_fault', `The lock ${file} cannot be made.`, {
      remedy: remedy ?? `Check that ${path.dirname(file)} can be written and that its disk is not full.`,
      data: { file },
      cause: error,
    });
  } finally {
    await rm(draft, { force: true });
  }
}

function isTaken(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  // Windows refuses the name of a file that was just removed until the last who reads it has closed it.
  return error.code === 'EEXIST' || (process.platform === 'win32' && /^(EPERM|EBUSY)$/.test(String(error.code)));
}

/** Whether there is a lock without sense in it: as each appears with its content, that was lost with the host's power. */
async function isBroken(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() !== true || Date.now() - found.mtimeMs < brokenAfterMs) return false;
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text !== undefined && parseLock(text) === undefined;
}

async function removeStale(file: string, stale: Lock | undefined, options: LockOptions, deadline: number) {
  const mine = `${file}.${stale?.token ?? 'broken'}`;
  await acquire(mine, options, deadline);
  try {
    // Another process may have removed it, and a third one hold the lock by now.
    const isSame = stale === undefined ? await isBroken(file) : (await readLock(file))?.token === stale.token;
    if (isSame) await rm(file, { force: true });
  } finally {
    await rm(mine, { force: true });
  }
}

async function readLock(file: string): Promise<Lock | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseLock(text);
}

function parseLock(text: string): Lock | undefined {
  try {
    const raw = JSON.parse(text) as Partial<Lock> | null;
    return typeof raw?.token === 'string' && typeof raw.owner?.pid === 'number' ? (raw as Lock) : undefined;
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
