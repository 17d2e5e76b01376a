import { randomInt } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Fault } from '../errors/fault.ts';
import { readHostBoot } from './host-boot.ts';
import { identifySelf } from './identify-self.ts';
import { getShortFolder } from './local-pipe.ts';
import { isProcessAlive, type ProcessIdentity } from './process-identity.ts';
import { type Guarded, guardFolders } from './warden.ts';

/** A private folder for the files of one piece of work. */
export interface RunFolder {
  readonly path: string;
  /** Should this process be killed, this one is ended before the folder is removed. */
  addProcess(identity: ProcessIdentity): void;
  /** Leaves the folder to a program that outlives this process; from then on it is found by what is in it. */
  handOver(): Promise<void>;
  /** Gives the finished folder its final name, where it belongs to no process any more. */
  moveTo(target: string): Promise<void>;
  /** Removes the folder with all it holds; can be called again. */
  remove(): Promise<void>;
}

/** Says in a run folder which process it belongs to. */
export const ownerFile = 'owner.json';

/** Makes `<parent>/<purpose>-<random>`, which only this user may enter, and notes in it which process it belongs to. */
export async function createRunFolder(parent: string, purpose: string): Promise<RunFolder> {
  try {
    await mkdir(parent, { recursive: true, mode: 0o700 });
    // The real path, since the folder of sockets is derived from it by whoever clears up.
    const { path, guarded } = await makeGuarded(await findRealPath(parent), purpose);
    try {
      await writeOwner(path, await identifySelf());
    } catch (error) {
      await rm(path, { recursive: true, force: true });
      guarded.release();
      throw error;
    }
    return describeFolder(path, guarded);
  } catch (error) {
    throw new Fault('host_fault', `No folder for running files could be made in ${parent}.`, {
      remedy: `Check that ${parent} can be written and that its disk is not full.`,
      data: { parent, systemCode: error instanceof Error && 'code' in error ? error.code : undefined },
      cause: error,
    });
  }
}

async function makeGuarded(parent: string, purpose: string): Promise<{ path: string; guarded: Guarded }> {
  for (;;) {
    const path = join(parent, `${purpose}-${randomLetters(6)}`);
    if (await lstat(path).catch(() => undefined)) continue;
    // First: a process that is killed between the two leaves nothing.
    const guarded = guardFolders([path, getShortFolder(path)]);
    try {
      await mkdir(path, { mode: 0o700 });
      return { path, guarded };
    } catch (error) {
      guarded.release();
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}

function randomLetters(count: number): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from({ length: count }, () => letters[randomInt(letters.length)]).join('');
}

function describeFolder(path: string, guarded: Guarded): RunFolder {
  return {
    path,
    addProcess: identity => guarded.addProcess(identity),
    handOver: async () => {
      await rm(join(path, ownerFile), { force: true });
      guarded.release();
    },
    moveTo: async target => {
      await rm(join(path, ownerFile), { force: true });
      // What is guarded is the old name, so that a process killed in between leaves either nothing or all of it.
      await rename(path, target);
      guarded.release();
    },
    remove: async () => {
      await removeRunFolder(path);
      guarded.release();
    },
  };
}

/** Removes the run folders in `parent` whose process is gone; returns their paths. Others are left alone. */
export async function sweepRunFolders(
  parent: string,
  isCandidate: (name: string) => boolean = () => true,
): Promise<string[]> {
  const removed: string[] = [];
  const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const path = join(parent, entry.name);
    if (!entry.isDirectory() || !isCandidate(entry.name) || !(await isAbandoned(path))) continue;
    try {
      await removeRunFolder(await findRealPath(path).catch(() => path));
      removed.push(path);
    } catch {
      // Perhaps it belongs to another user; the others have to go all the same.
    }
  }
  return removed;
}

/**
 * The folder of sockets is derived from the real path by whoever clears up. Windows has no such folder, and cannot tell the
 * real path of what lies on some drives.
 */
function findRealPath(path: string): Promise<string> {
  return process.platform === 'win32' ? Promise.resolve(resolve(path)) : realpath(path);
}

async function isAbandoned(path: string): Promise<boolean> {
  const owner = await readOwner(path);
  // Without its note a folder may be one that is just being made, or none of ours at all.
  if (!owner) return false;
  if (!(await isProcessAlive(owner))) return true;
  // A clock that was set tells nothing about a process that is known by its start.
  if (owner.start !== undefined) return false;
  const boot = await readHostBoot();
  return Date.parse(owner.startedAt) < boot.startedAt - 120_000;
}

async function writeOwner(path: string, identity: ProcessIdentity): Promise<void> {
  const owner = { ...identity, startedAt: new Date().toISOString() };
  await writeFile(join(path, ownerFile), `${JSON.stringify(owner)}\n`, { mode: 0o600 });
}

async function readOwner(path: string): Promise<(ProcessIdentity & { startedAt: string }) | undefined> {
  try {
    const raw: unknown = JSON.parse(await readFile(join(path, ownerFile), 'utf8'));
    if (typeof raw !== 'object' || raw === null) return undefined;
    const { pid, start, startedAt } = raw as Record<string, unknown>;
    if (typeof pid !== 'number' || typeof startedAt !== 'string') return undefined;
    return { pid, startedAt, ...(typeof start === 'string' && { start }) };
  } catch {
    return undefined;
  }
}

/** Removes a run folder and the sockets that go with it, whoever made it. */
export async function removeRunFolder(path: string): Promise<void> {
  // Windows keeps files of a process that has just ended busy for a moment.
  const options = { recursive: true, force: true, maxRetries: 10, retryDelay: 50 };
  await rm(path, options);
  const short = getShortFolder(path);
  const found = await stat(short).catch(() => undefined);
  if (found && (process.platform === 'win32' || found.uid === process.getuid?.())) await rm(short, options);
}
