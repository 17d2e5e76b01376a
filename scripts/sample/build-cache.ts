import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const sourceFolder = dirname(fileURLToPath(import.meta.url));

/** Where packages and images are kept between runs. VMBRIDGE_CACHE moves it. */
export const cacheFolder = process.env.VMBRIDGE_CACHE ?? join(sourceFolder, '..', '..', '.cache');

const sourceHash = readdirSync(sourceFolder)
  .sort()
  .reduce((hash, file) => hash.update(readFileSync(join(sourceFolder, file))), createHash('sha256'))
  .digest('hex')
  .slice(0, 12);

/** Images of this version of the builder; those of another version are another folder, and removed in time. */
export const imageFolder = join(cacheFolder, 'images', sourceHash);

/** A short name for what is built. */
export function contentKey(request: unknown): string {
  return createHash('sha256').update(JSON.stringify(request)).digest('hex').slice(0, 12);
}

/** Removes the images of earlier versions of the builder, unless a run that began with one may still be using them. */
function sweepImages(): void {
  const parent = dirname(imageFolder);
  const hour = 60 * 60 * 1000;
  for (const name of readdirSync(parent)) {
    const path = join(parent, name);
    if (path !== imageFolder && Date.now() - statSync(path).mtimeMs > hour)
      rmSync(path, { recursive: true, force: true });
  }
}

function processLives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A private work folder whose name tells its owner, so that what a killed run left behind can be swept. */
function createWorkFolder(): string {
  const parent = join(cacheFolder, 'work');
  mkdirSync(parent, { recursive: true });
  for (const name of readdirSync(parent)) {
    if (!processLives(Number(name.split('-')[0]))) rmSync(join(parent, name), { recursive: true, force: true });
  }
  const folder = join(parent, `${process.pid}-${randomBytes(6).toString('hex')}`);
  mkdirSync(folder);
  return folder;
}

/** Takes the lock file, waiting for a living owner. Losing a race only costs doing the work twice: results are renamed into place. */
async function takeLock(lock: string): Promise<void> {
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    try {
      const owner = Number(readFileSync(lock, 'utf8'));
      const age = Date.now() - statSync(lock).mtimeMs;
      // An empty lock is one whose owner is between creating and writing it, unless it is old.
      if (owner > 0 ? !processLives(owner) : age > 2000) rmSync(lock, { force: true });
    } catch {
      // The owner has just let go.
    }
    await sleep(50);
  }
}

/**
 * Gives `target` (a file or folder), built by `build` only when it is not there yet.
 * `build` gets a private work folder and returns the path in it that becomes the target.
 */
export async function buildOnce(target: string, build: (workFolder: string) => Promise<string>): Promise<string> {
  if (existsSync(target)) return target;
  mkdirSync(dirname(target), { recursive: true });
  const lock = `${target}.lock`;
  await takeLock(lock);
  try {
    if (existsSync(target)) return target;
    if (target.startsWith(imageFolder)) sweepImages();
    const work = createWorkFolder();
    try {
      const result = await build(work);
      // Images are shared by all tests: a test that writes to one should fail, not spoil the others.
      if (statSync(result).isFile()) chmodSync(result, 0o444);
      if (!existsSync(target)) renameSync(result, target);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
    return target;
  } finally {
    rmSync(lock, { force: true });
  }
}
