import { execa } from 'execa';
import { getSystemProgram } from './system-program.ts';

/**
 * Ends a process of Windows and all that it started, at once. Returns when that has been asked for; never fails, as whoever
 * ends processes has nobody to tell.
 */
export async function endProcessTree(pid: number): Promise<void> {
  const { exitCode } = await ask('taskkill.exe', ['/PID', String(pid), '/T', '/F']);
  // 128: there is no such process.
  if (exitCode === 0 || exitCode === 128) return;
  // It gives up when it is refused one of them, and the one of wine knows no /T: then one by one, the first one first, so
  // that it starts no more.
  const members = [pid, ...listDescendants(pid, await readParents())];
  for (const member of members) endProcess(member);
}

/** All that descends from a process, nearest first, by the parent of each. */
export function listDescendants(pid: number, parents: ReadonlyMap<number, number>): number[] {
  const found = [pid];
  for (const ancestor of found) {
    for (const [child, parent] of parents) {
      if (parent === ancestor && !found.includes(child)) found.push(child);
    }
  }
  return found.slice(1);
}

/**
 * The parent of each process, as wmic prints them, in one of two encodings by where its output goes:
 *
 *     ParentProcessId  ProcessId
 *     32               56
 */
export function parseParents(output: Uint8Array): Map<number, number> {
  const encoding = output[0] === 0xff && output[1] === 0xfe ? 'utf16le' : 'latin1';
  const rows = Buffer.from(output)
    .toString(encoding)
    .matchAll(/^\s*(\d+)\s+(\d+)\s*$/gm);
  return new Map([...rows].map(([, parent, child]) => [Number(child), Number(parent)]));
}

async function readParents(): Promise<Map<number, number>> {
  const { stdout } = await ask('wbem\\wmic.exe', ['process', 'get', 'ParentProcessId,ProcessId']);
  return parseParents(stdout);
}

async function ask(program: string, args: readonly string[]) {
  const result = await execa(getSystemProgram(program), args, {
    reject: false,
    encoding: 'buffer',
    stdin: 'ignore',
    stderr: 'ignore',
    timeout: 10_000,
  });
  return { exitCode: result.exitCode, stdout: result.stdout };
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended, or belongs to somebody else.
  }
}
