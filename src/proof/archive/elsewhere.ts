import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from '../../host/write-file-atomically.ts';
import { readSmallFile } from '../signing/bundle-file.ts';
import { isPlainName } from '../signing/plain-name.ts';

/** Notes in the archive of evidence whose folder lies somewhere else. */
const folderName = '.elsewhere';
const note = z.strictObject({ folder: z.string().min(1).max(32_767) });
const longest = 256 * 1024;

/** Notes where the evidence of a proof is; what kept that from being done, or nothing. */
export async function rememberElsewhere(archive: string, id: string, folder: string): Promise<string | undefined> {
  try {
    await writeFileAtomically(noteFile(archive, id), `${JSON.stringify({ folder })}\n`);
    return undefined;
  } catch {
    return `The list of proofs will not show this one: no note could be written in ${archive}.`;
  }
}

/** Where the evidence of that proof is; undefined when nobody noted it. */
export async function findElsewhere(archive: string, id: string): Promise<string | undefined> {
  const text = await readSmallFile(noteFile(archive, id), longest);
  if (text === undefined) return undefined;
  try {
    const folder = note.safeParse(JSON.parse(text.toString('utf8'))).data?.folder;
    return folder !== undefined && path.isAbsolute(folder) ? folder : undefined;
  } catch {
    return undefined;
  }
}

/** The ids of all that were noted. */
export async function listElsewhere(archive: string): Promise<string[]> {
  const names = await readdir(path.join(archive, folderName)).catch(() => []);
  return names
    .filter(name => name.endsWith('.json'))
    .map(name => name.slice(0, -5))
    .filter(isPlainName);
}

function noteFile(archive: string, id: string): string {
  return path.join(archive, folderName, `${id}.json`);
}
