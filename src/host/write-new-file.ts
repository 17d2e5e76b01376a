import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, lstat, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault } from '../errors/fault.ts';

/** Throws `conflict` when there is something at this path, be it a link to nowhere. */
export async function refuseExisting(file: string, field: string): Promise<void> {
  const found = await lstat(file).catch(() => undefined);
  if (found !== undefined) throw existing(file, field);
}

/**
 * Writes a private file where none is: whole or not at all, never over another. `field` is the input field that named it.
 * Faults: `conflict`, `not_found` (no such folder), `denied`, `invalid` (no name for a file), `host_fault` (disk full).
 */
export async function writeNewFile(file: string, content: Uint8Array, field: string): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString('hex')}.draft`;
  try {
    await writeFile(draft, content, { mode: 0o600, flag: 'wx' });
    await placeDraft(draft, file);
  } catch (error) {
    throw explain(error, file, field);
  } finally {
    await rm(draft, { force: true }).catch(() => {});
  }
}

/** A second name is given only where there is none, unlike a new one. Some file systems know no second names. */
async function placeDraft(draft: string, file: string): Promise<void> {
  try {
    await link(draft, file);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw error;
    await copyFile(draft, file, constants.COPYFILE_EXCL);
  }
}

function existing(file: string, field: string, cause?: unknown): Fault {
  return new Fault('conflict', `The file ${file} exists already.`, {
    remedy: 'Name a file that does not exist; none is overwritten.',
    data: { field, path: file },
    cause,
  });
}

function explain(cause: unknown, file: string, field: string): Fault {
  const code = codeOf(cause);
  const data = { field, path: file, systemCode: code };
  switch (code) {
    case 'EEXIST':
      return existing(file, field, cause);
    case 'ENOENT':
    case 'ENOTDIR':
      return new Fault('not_found', `There is no folder ${dirname(file)}.`, {
        remedy: 'Make the folder first, or name another file.',
        data,
        cause,
      });
    case 'ENOSPC':
    case 'EDQUOT':
      return new Fault('host_fault', `The disk is full: ${file} could not be written.`, {
        remedy: 'Free some space there, or name a file on another disk.',
        data,
        cause,
      });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new Fault('denied', `The file ${file} may not be written.`, {
        remedy: 'Name a file in a folder of your own.',
        data,
        cause,
      });
    default:
      return new Fault('invalid', `The file ${file} could not be written.`, {
        remedy: 'Name another file.',
        data,
        cause,
      });
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
