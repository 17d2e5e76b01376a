import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { PackError } from './pack-error.ts';
import { readManifest } from './read-manifest.ts';

const ownNames = /^(VmBridge|VmBridge\.[\d.]+\.nupkg)$/;

/** Fills a folder beside the wanted one, then puts it in its place: it is there whole or as it was. */
export async function replaceFolder(out: string, guid: string, fill: (draft: string) => Promise<void>): Promise<void> {
  await refuseForeign(out, guid);
  await mkdir(path.dirname(out), { recursive: true });
  const scratch = mkdtempSync(path.join(path.dirname(out), '.vmbridge-pack-'));
  const remove = () => rmSync(scratch, { recursive: true, force: true, maxRetries: 3, retryDelay: 100 });
  const stop = (signal: NodeJS.Signals) => {
    remove();
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const draft = path.join(scratch, 'new');
    await mkdir(draft);
    await fill(draft);
    // Somebody may have used the time.
    exchange(out, (await refuseForeign(out, guid)) ? path.join(scratch, 'old') : undefined, draft);
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    remove();
  }
}

function exchange(out: string, old: string | undefined, draft: string): void {
  if (old !== undefined) renameSync(out, old);
  try {
    renameSync(draft, out);
  } catch (error) {
    if (old !== undefined) renameSync(old, out);
    throw error;
  }
}

/** True when there is a folder that may go: an empty one, or what was packed before. */
async function refuseForeign(out: string, guid: string): Promise<boolean> {
  const names = await readdir(out).catch(error => {
    if (error.code === 'ENOENT') return undefined;
    if (error.code !== 'ENOTDIR') throw error;
    throw new PackError(`${out} is not a folder.`, 'Name another one with --out.', 2);
  });
  if (names === undefined) return false;
  if (names.length === 0) return true;
  const manifest = await readManifest(path.join(out, 'VmBridge')).catch(() => undefined);
  if (manifest?.guid === guid && names.every(name => ownNames.test(name))) return true;
  throw new PackError(`${out} holds something else than a packed module.`, 'Name another folder with --out.', 2);
}
