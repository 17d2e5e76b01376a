import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { Fault } from '../../errors/fault.ts';

const longestBytes = 64 * 1024;

let typed: string | undefined;
let inherited: string | undefined;

/** Sets the passphrase that a person at the terminal has typed; it wins over the environment. */
export function offerPassphrase(passphrase: string): void {
  typed = passphrase;
}

/** Takes VMBRIDGE_PASSPHRASE out of the environment, so that no program that is started gets it. */
export function takePassphrase(environment: NodeJS.ProcessEnv = process.env): void {
  if (!environment.VMBRIDGE_PASSPHRASE) return;
  inherited = environment.VMBRIDGE_PASSPHRASE;
  delete environment.VMBRIDGE_PASSPHRASE;
}

/**
 * The passphrase that was typed, that of the file which VMBRIDGE_PASSPHRASE_FILE names, or that of VMBRIDGE_PASSPHRASE;
 * undefined when there is none.
 */
export async function findPassphrase(environment: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  takePassphrase(environment);
  if (typed !== undefined) return typed;
  const file = environment.VMBRIDGE_PASSPHRASE_FILE;
  return file ? readPassphrase(file) : inherited;
}

/** Its last line end does not count: editors and `echo` write one. */
async function readPassphrase(file: string): Promise<string> {
  const text = await readPrivate(file);
  const passphrase = text.replace(/\r?\n$/, '');
  if (passphrase !== '') return passphrase;
  throw wrongFile(file, 'is empty', 'Write the passphrase into it.');
}

async function readPrivate(file: string): Promise<string> {
  const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch((cause: unknown) => {
    throw wrongFile(file, 'can not be read', 'Check VMBRIDGE_PASSPHRASE_FILE.', cause);
  });
  try {
    const found = await handle.stat();
    const usable = found.isFile() && found.size <= longestBytes;
    if (!usable) throw wrongFile(file, 'is no file of text', 'Check VMBRIDGE_PASSPHRASE_FILE.');
    if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) {
      throw wrongFile(file, 'may be read by others', `When nobody can have used that: chmod 600 ${file}`);
    }
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

function wrongFile(file: string, problem: string, remedy: string, cause?: unknown): Fault {
  return new Fault('denied', `The file ${file} with the passphrase ${problem}.`, {
    remedy,
    data: { path: file },
    cause,
  });
}
