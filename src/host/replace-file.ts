import { rename } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** Gives a file its final name, over whatever has that name. */
export async function replaceFile(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await rename(from, to);
    } catch (error) {
      // Windows refuses while somebody reads the old file, which takes no longer than a moment.
      const isRefused = error instanceof Error && 'code' in error && /^(EPERM|EACCES|EBUSY)$/.test(String(error.code));
      if (process.platform !== 'win32' || !isRefused || attempt === 20) throw error;
      await delay(10 * attempt);
    }
  }
}
