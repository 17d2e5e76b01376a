import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import path from 'node:path';
import { escapeControls } from '../errors/escape.ts';

/** A process that has a file open. */
export interface FileHolder {
  readonly pid: number;
  /** File name of the program, e.g. `qemu-system-x86_64`. */
  readonly program: string;
  /** The machine that it runs, where it is a QEMU that says so. */
  readonly machine?: string | undefined;
  /** It has the file open for writing. */
  readonly writing: boolean;
  /** It holds a lock on the file. */
  readonly locking: boolean;
}

/** Looking through all processes takes some 20 ms; a host with very many shall not keep a Fault waiting, in ms. */
const longest = 1000;

/**
 * Who has a file open, those that lock it first. Only Linux tells, and of other users' processes only to root: an empty
 * list means that nothing is known. Never fails, and takes a second at the most.
 */
export async function findFileHolders(file: string): Promise<FileHolder[]> {
  if (process.platform !== 'linux') return [];
  const holders: FileHolder[] = [];
  const timer = Promise.withResolvers<void>();
  const end = performance.now() + longest;
  const timeout = setTimeout(timer.resolve, longest);
  // A file on a file system that does not answer would keep its question waiting for ever.
  await Promise.race([search(file, end, holders).catch(() => {}), timer.promise]);
  clearTimeout(timeout);
  return [...holders].sort((one, other) => Number(other.locking) - Number(one.locking) || one.pid - other.pid);
}

async function search(file: string, end: number, holders: FileHolder[]): Promise<void> {
  const { dev, ino } = await stat(file, { bigint: true });
  const isSame = async (link: string) => {
    // Sockets and pipes say "socket:[134054]"; names of files begin with a slash, whatever the file is called by now.
    if (!(await readlink(link)).startsWith('/')) return false;
    const found = await stat(link, { bigint: true });
    return found.dev === dev && found.ino === ino;
  };
  for (const name of await readdir('/proc')) {
    if (performance.now() > end) return;
    if (!/^\d+$/.test(name)) continue;
    const holder = await examine(name, isSame);
    if (holder) holders.push(holder);
  }
}

async function examine(pid: string, isSame: (link: string) => Promise<boolean>): Promise<FileHolder | undefined> {
  const folder = `/proc/${pid}`;
  const numbers = await readdir(`${folder}/fd`).catch(() => []);
  const found = await Promise.all(numbers.map(number => isSame(`${folder}/fd/${number}`).catch(() => false)));
  const open = numbers.filter((_, index) => found[index]);
  if (open.length === 0) return undefined;
  const uses = await Promise.all(open.map(number => readFile(`${folder}/fdinfo/${number}`, 'utf8').catch(() => '')));
  return {
    pid: Number(pid),
    ...(await identify(folder)),
    // flags:	02100002 — octal, the last two bits are 0 for reading, 1 for writing, 2 for both.
    writing: uses.some(text => Number.parseInt(/^flags:\s*([0-7]+)$/m.exec(text)?.[1] ?? '0', 8) % 4 > 0),
    // lock:	1: OFDLCK  ADVISORY  READ -1 fe:00:5366353 100 100
    locking: uses.some(text => /^lock:/m.test(text)),
  };
}

async function identify(folder: string): Promise<Pick<FileHolder, 'program' | 'machine'>> {
  const [executable, short, line] = await Promise.all([
    readlink(`${folder}/exe`).catch(() => ''),
    readFile(`${folder}/comm`, 'utf8').catch(() => ''),
    readFile(`${folder}/cmdline`, 'utf8').catch(() => ''),
  ]);
  // An executable that was replaced since ends in " (deleted)".
  const program = path.basename(executable.replace(/ \(deleted\)$/, '')) || short.trim() || 'unknown';
  const machine = program.startsWith('qemu') ? await nameMachine(folder, line.split('\0')) : undefined;
  return { program: escapeControls(program), ...(machine !== undefined && { machine: escapeControls(machine) }) };
}

/** `-name web`, `-name guest=web,debug-threads=on`; a machine of vmbridge goes by the name of the folder it runs in. */
async function nameMachine(folder: string, words: readonly string[]): Promise<string | undefined> {
  const at = words.indexOf('-name');
  const name = at === -1 ? undefined : words[at + 1]?.replace(/^guest=/, '').split(',', 1)[0];
  if (name !== 'vmbridge') return name;
  const runFolder = await readlink(`${folder}/cwd`).catch(() => undefined);
  return runFolder === undefined ? undefined : path.basename(runFolder);
}
