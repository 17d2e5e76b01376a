import { randomBytes } from 'node:crypto';
import { mkdir, open, realpath, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { replaceFile } from './replace-file.ts';
import { sweepOnce } from './write-file-atomically.ts';

/**
 * Gives a file new content: a reader sees the old or the whole new one, also after a loss of power. A file that is there
 * keeps its mode, and one that a link leads to stays where it is; a new one is private.
 */
export async function rewriteFile(file: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const target = await realpath(file).catch(() => file);
  const mode = (await stat(target).catch(() => undefined))?.mode ?? 0o600;
  const draft = `${target}.${randomBytes(6).toString('hex')}.draft`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(content);
      // Not what a new file's mode becomes by the umask.
      if (process.platform !== 'win32') await handle.chmod(mode & 0o777);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await replaceFile(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await sweepOnce(dirname(target));
}
