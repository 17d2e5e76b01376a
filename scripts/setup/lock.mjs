import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function removeWhenAbandoned(lock) {
  try {
    const owner = Number(readFileSync(lock, 'utf8'));
    // An empty lock is one whose owner is between creating and writing it, unless it is old.
    const abandoned = owner > 0 ? !isAlive(owner) : Date.now() - statSync(lock).mtimeMs > 2000;
    if (abandoned) rmSync(lock, { force: true });
  } catch {
    // Its owner has just let go.
  }
}

/** Runs `work` while holding the lock file, after whoever holds it now; a dead owner's lock counts for nothing. */
export async function withLock(lock, work) {
  mkdirSync(dirname(lock), { recursive: true });
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    removeWhenAbandoned(lock);
    await sleep(100);
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}
