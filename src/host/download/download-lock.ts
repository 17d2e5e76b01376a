import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cancelledFault } from '../../errors/fault.ts';
import { identifySelf } from '../identify-self.ts';
import { isProcessAlive, type ProcessIdentity } from '../process-identity.ts';
import { createStorageFault } from './storage-fault.ts';

interface Holder {
  /** Undefined for a lock without content: it is just being made, or its maker was killed at that. */
  readonly lock: { readonly token: string; readonly owner: ProcessIdentity } | undefined;
  readonly renewedAt: number;
}

const renewMs = 20_000;
const pollMs = 100;
/**
 * A lock that was looked at so often without being renewed has lost its owner, even where a new process has the same
 * number. Counted in looks, as clocks go on while the machine of both sleeps.
 */
const patience = { withContent: 900, withoutContent: 100 };

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
  const token = await acquire(file, signal, onWait);
  const renewal = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => {}), renewMs);
  renewal.unref();
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    if ((await readHolder(file))?.lock?.token === token) await rm(file, { force: true });
  }
}

async function acquire(file: string, signal: AbortSignal, onWait: () => void): Promise<string> {
  await mkdir(dirname(file), { recursive: true }).catch(error => {
    throw createStorageFault(file, error);
  });
  const token = randomBytes(6).toString('hex');
  let looks = 0;
  let last: Holder | undefined;
  for (let told = false; !(await tryToCreate(file, token)); ) {
    const holder = await readHolder(file);
    looks = isSame(holder, last) ? looks + 1 : 0;
    last = holder;
    if (holder !== undefined && (await isAbandoned(holder, looks))) {
      await removeAbandoned(file, holder, signal);
      continue;
    }
    if (!told) onWait();
    told = true;
    await delay(pollMs * (1 + Math.random()), undefined, { signal }).catch(() => {});
    if (signal.aborted) throw cancelledFault(signal, `Waiting for the lock ${file}`);
  }
  return token;
}

async function tryToCreate(file: string, token: string): Promise<boolean> {
  try {
    await writeFile(file, JSON.stringify({ token, owner: await identifySelf() }), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    // Windows says EPERM of a file that somebody is just removing.
    if (code === 'EEXIST' || (process.platform === 'win32' && code === 'EPERM')) return false;
    throw createStorageFault(file, error);
  }
}

async function isAbandoned({ lock }: Holder, looks: number): Promise<boolean> {
  if (lock === undefined) return looks > patience.withoutContent;
  if (!(await isProcessAlive(lock.owner))) return true;
  return lock.owner.start === undefined && looks > patience.withContent;
}

/** Under a lock of its own, named after it: another process may have removed it, and a third one hold the lock by now. */
async function removeAbandoned(file: string, holder: Holder, signal: AbortSignal): Promise<void> {
  await withDownloadLock(
    `${file}.${holder.lock?.token ?? 'empty'}`,
    signal,
    () => {},
    async () => {
      if (isSame(await readHolder(file), holder)) await rm(file, { force: true });
    },
  );
}

function isSame(one: Holder | undefined, other: Holder | undefined): boolean {
  return one?.lock?.token === other?.lock?.token && one?.renewedAt === other?.renewedAt;
}

async function readHolder(file: string): Promise<Holder | undefined> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) return undefined;
  const lock = parseLock(await readFile(file, 'utf8').catch(() => ''));
  return { lock, renewedAt: found.mtimeMs };
}

function parseLock(text: string): Holder['lock'] {
  try {
    const raw: unknown = JSON.parse(text);
    if (typeof raw !== 'object' || raw === null) return undefined;
    const { token, owner } = raw as { token?: unknown; owner?: Partial<ProcessIdentity> };
    if (typeof token !== 'string' || !/^[0-9a-f]{12}$/.test(token) || typeof owner?.pid !== 'number') return undefined;
    return { token, owner: { pid: owner.pid, start: owner.start } };
  } catch {
    return undefined;
  }
}
