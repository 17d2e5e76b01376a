import { createHash, randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, readlink, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { readHostBoot } from './host-boot.ts';
import { identifySelf } from './identify-self.ts';
import { identifyProcess, isProcessAlive } from './process-identity.ts';
import { guardFolders } from './warden.ts';

/** A private folder beside a file that is being made. */
export interface DraftFolder {
  readonly path: string;
  /** Removes the folder with all it holds; can be called again. */
  remove(): Promise<void>;
}

// The owner stands in the name, since a note inside would be missing for a moment: .vmbridge-draft-PLACE-PID-START-RANDOM
const draftName = /^\.vmbridge-draft-([0-9a-f]{12})-(\d{1,10})-([0-9a-f]{12})-[0-9a-f]{12}$/;

/** Makes a draft folder in `parent`, which has to exist; what killed processes left there is removed first. */
export async function createDraftFolder(parent: string): Promise<DraftFolder> {
  await sweepDraftFolders(parent);
  const { pid, start } = await identifySelf();
  const owner = `${await identifyPlace()}-${pid}-${shorten(start ?? '')}`;
  const path = join(parent, `.vmbridge-draft-${owner}-${randomBytes(6).toString('hex')}`);
  const guarded = guardFolders([path]);
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    guarded.release();
    throw error;
  }
  return { path, remove: () => removeFolder(path).then(() => guarded.release()) };
}

/** Removes the draft folders in `parent` that this user's processes left when they were killed; returns their paths. */
export async function sweepDraftFolders(parent: string): Promise<string[]> {
  const removed: string[] = [];
  for (const name of await readdir(parent).catch(() => [])) {
    const path = join(parent, name);
    if (!draftName.test(name) || !(await isAbandoned(path, name))) continue;
    await removeFolder(path).then(
      () => removed.push(path),
      // What can not be removed now is in nobody's way.
      () => undefined,
    );
  }
  return removed;
}

async function isAbandoned(path: string, name: string): Promise<boolean> {
  const [, place, rawPid, start] = draftName.exec(name) ?? [];
  if (place !== (await identifyPlace())) return false;
  const found = await lstat(path).catch(() => undefined);
  if (!found?.isDirectory() || (process.getuid && found.uid !== process.getuid())) return false;
  const pid = Number(rawPid);
  if (!(await isProcessAlive({ pid }))) return true;
  // A process that can be told from all others needs no clock, which may have been set since.
  if (start === shorten('')) return found.mtimeMs < (await readHostBoot()).startedAt - 120_000;
  const now = await identifyProcess(pid);
  // A process that has just ended tells no start any more; the next sweep sees that it is gone.
  return now.start !== undefined && shorten(now.start) !== start;
}

/** Process numbers mean something on one host only, and in one container of it; folders can be shared by many. */
async function identifyPlace(): Promise<string> {
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '');
  return shorten(`${hostname()}\n${namespace}`);
}

function shorten(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

async function removeFolder(path: string): Promise<void> {
  // Windows keeps files of a process that has just ended busy for a moment.
  await rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}
