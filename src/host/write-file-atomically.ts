import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { replaceFile } from './replace-file.ts';

/** A draft of this age belongs to a process that was killed while it wrote. */
const oldMilliseconds = 3_600_000;
/** So does one of this age that names a process which is not there: only another host, on a share, may still be at it. */
const orphanedMilliseconds = 5000;
const draftName = /\.[0-9a-f]{12}\.draft$/;
const swept = new Set<string>();

/** Writes a private file so that a reader sees either the old content or the whole new one. */
export async function writeFileAtomically(file: string, content: string | Uint8Array): Promise<void> {
  const folder = dirname(file);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid.toString(16).padStart(8, '0')}${randomBytes(2).toString('hex')}.draft`;
  try {
    await writeFile(draft, content, { mode: 0o600, flag: 'wx' });
    await replaceFile(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await sweepOnce(folder);
}

/** Removes what killed processes left of their drafts; once for each folder, as only they leave any. */
export async function sweepOnce(folder: string): Promise<void> {
  if (swept.has(folder)) return;
  swept.add(folder);
  const names = await readdir(folder).catch(() => []);
  const drafts = names.filter(name => draftName.test(name)).map(name => join(folder, name));
  for (const draft of drafts) {
    const found = await stat(draft).catch(() => undefined);
    const limit = isWriterGone(draft) ? orphanedMilliseconds : oldMilliseconds;
    if (found !== undefined && Date.now() - found.mtimeMs > limit) await rm(draft, { force: true });
  }
}

/** The name of a draft begins with the process that writes it. */
function isWriterGone(draft: string): boolean {
  const [, id = ''] = /\.([0-9a-f]{8})[0-9a-f]{4}\.draft$/.exec(draft) ?? [];
  try {
    process.kill(Number.parseInt(id, 16), 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}
