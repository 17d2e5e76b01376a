import { constants } from 'node:fs';
import { chmod, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '../../errors/fault.ts';
import { writeFileAtomically } from '../write-file-atomically.ts';
import { requirePlainSecret, requireSecretName, type SecretStore } from './secret-store.ts';

const longest = 64 * 1024;

/** Secrets as files that only this user may read, in a folder that only this user may enter. */
export function openFileStore(folder: string, suffix = '.secret'): SecretStore {
  const fileOf = (name: string) => path.join(folder, `${requireSecretName(name)}${suffix}`);
  return {
    kind: 'file',
    read: async name => readSecret(fileOf(name)),
    write: async (name, secret) => {
      const file = fileOf(name);
      const line = `${requirePlainSecret(secret)}\n`;
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        // It may have been made before, by a copy that kept no modes.
        await chmod(folder, 0o700);
        await writeFileAtomically(file, line);
      } catch (error) {
        throw describe(error, file, 'written');
      }
    },
  };
}

async function readSecret(file: string): Promise<string | undefined> {
  const handle = await open(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw describe(error, file, 'read');
  });
  if (handle === undefined) return undefined;
  try {
    const found = await handle.stat();
    if (!found.isFile() || found.size > longest) throw describe(undefined, file, 'read');
    if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) throw openToOthers(file);
    return (await handle.readFile('utf8')).trim();
  } finally {
    await handle.close();
  }
}

function openToOthers(file: string): Fault {
  return new Fault('denied', `The secret in ${file} may be read by others.`, {
    remedy: `When nobody can have used that: chmod 600 ${file}`,
    data: { path: file },
  });
}

function describe(cause: unknown, file: string, done: string): Fault {
  const full = codeOf(cause) === 'ENOSPC' || codeOf(cause) === 'EDQUOT';
  return new Fault(full ? 'host_fault' : 'denied', `The secret in ${file} can not be ${done}.`, {
    remedy: full ? 'Free some space there.' : `Check that ${path.dirname(file)} belongs to this user.`,
    data: { path: file, systemCode: codeOf(cause) },
    cause,
  });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
