import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { nameRunFolder } from '../name-run-folder.ts';

/**
 * A new folder for the evidence of one image: it is not there yet, so that whatever is in it later on is of this run and may be
 * removed should the proof be cut off.
 */
export async function nameEvidence(root: string, id: string, number: number, image: string): Promise<string> {
  const stem = path.join(path.resolve(root), `${id}-${number}-${nameRunFolder(image)}`);
  for (let attempt = 1; ; attempt++) {
    const folder = attempt === 1 ? stem : `${stem}-${attempt}`;
    if (!(await isThere(folder))) return folder;
  }
}

async function isThere(folder: string): Promise<boolean> {
  // What can not be looked at is for the proof to complain about.
  return (await lstat(folder).catch(() => undefined)) !== undefined;
}
