import { readFile } from 'node:fs/promises';
import { readHostBoot } from './host-boot.ts';
import { runProgram } from './run-program.ts';
import { isSameStart, readWindowsStart } from './windows/process-start.ts';

/** A process that can be told from a later one with the same number: `start` is comparable text, not a time. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly start?: string | undefined;
}

/** The identity of a process that runs now. `start` is absent where the host does not tell. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity> {
  const start = await readProcessStart(pid);
  return start === undefined ? { pid } : { pid, start };
}

/** Whether that very process still runs. When in doubt: yes, since the answer "no" has things removed. */
export async function isProcessAlive({ pid, start }: ProcessIdentity): Promise<boolean> {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
  }
  if (start === undefined) return true;
  const now = await readProcessStart(pid);
  if (now === undefined) return process.platform !== 'linux';
  return process.platform === 'win32' ? isSameStart(now, start) : now === start;
}

async function readProcessStart(pid: number): Promise<string | undefined> {
  try {
    if (process.platform === 'linux') return await readLinuxStart(pid);
    if (process.platform === 'win32') return await readWindowsStart(pid);
    const { stdout } = await runProgram('ps', ['-o', 'lstart=', '-p', String(pid)], { environment: { LC_ALL: 'C' } });
    return stdout.trim() || undefined;
  } catch {
    return undefined;
  }
}

async function readLinuxStart(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  // "4711 (a name) with (parentheses) S 1 …": the name ends at the last one; state is then field 3, start time field 22.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X' || fields[19] === undefined) return undefined;
  return `${(await readHostBoot()).id} ${fields[19]}`;
}

/** Whether a process has been stopped by a signal, where the host tells. */
export async function isProcessStopped(pid: number): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return /^[Tt] /.test(text.slice(text.lastIndexOf(')') + 2));
}
