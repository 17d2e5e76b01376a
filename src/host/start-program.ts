import { execa } from 'execa';
import { markFolder } from './folder-mark.ts';
import { checkArguments, createProgramFault } from './program-fault.ts';
import { runProgram } from './run-program.ts';
import { endProcessTree } from './windows/end-process-tree.ts';
import { resolveProgram } from './windows/resolve-program.ts';

export interface StartProgramOptions {
  readonly cwd?: string | undefined;
  /** Added to the environment of this process. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Gets standard output piece by piece; without it there is none. */
  readonly onOutput?: ((piece: Buffer) => void) | undefined;
}

export interface ProgramExit {
  readonly code: number | undefined;
  readonly signal: string | undefined;
  /** The last 64 KiB of standard error. */
  readonly stderr: string;
}

export interface RunningProgram {
  readonly pid: number;
  /** Settles when the program is gone; never fails. */
  readonly exited: Promise<ProgramExit>;
  /** Ends it at once; on Windows also what it started, such as the program behind a shim. */
  kill(): void;
}

const keptBytes = 64 * 1024;

/**
 * Starts a program that shall not outlive this process, and returns while it runs. It has no input, and no output but
 * standard error unless asked for. Faults: what kept it from starting (`unavailable`, `denied`, `invalid`).
 */
export async function startProgram(
  file: string,
  args: readonly string[],
  options: StartProgramOptions = {},
): Promise<RunningProgram> {
  checkArguments(file, args);
  const whole = process.platform === 'win32' ? await resolveProgram(file) : file;
  const [program, ...programArgs] = [...(await findDeathSignalPrefix()), whole, ...args];
  const child = execa(program ?? file, programArgs, {
    reject: false,
    buffer: false,
    cleanup: true,
    stdin: 'ignore',
    stdout: options.onOutput === undefined ? 'ignore' : 'pipe',
    stderr: 'pipe',
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    env: { ...options.environment, ...markFolder(options.cwd) },
  });
  if (options.onOutput !== undefined) child.stdout?.on('data', options.onOutput);
  const kept: Buffer[] = [];
  let keptLength = 0;
  child.stderr.on('data', (chunk: Buffer) => {
    kept.push(chunk);
    keptLength += chunk.length;
    while (kept[0] && keptLength - kept[0].length >= keptBytes) keptLength -= kept.shift()?.length ?? 0;
  });
  const readStderr = () => Buffer.concat(kept).subarray(-keptBytes).toString('utf8');
  const exited = child.then(({ exitCode, signal }) => ({ code: exitCode, signal, stderr: readStderr() }));
  if (child.pid === undefined) {
    const result = await child;
    throw createProgramFault(file, result.code, result.cause ?? result);
  }
  const { pid } = child;
  const end = () => child.kill('SIGKILL');
  return { pid, exited, kill: () => void (process.platform === 'win32' ? endProcessTree(pid).then(end) : end()) };
}

let deathSignalPrefix: Promise<readonly string[]> | undefined;

/**
 * What is put before a command line so that the kernel ends the program with this process, even one that was killed:
 * setpriv of util-linux sets the parent death signal and then becomes the program, with the same process id. setsid keeps
 * a terminal's Ctrl-C from the program: this process gets it and ends the program in order. Without them (other systems,
 * busybox) only an orderly end of this process takes its programs along.
 */
function findDeathSignalPrefix(): Promise<readonly string[]> {
  deathSignalPrefix ??= tryDeathSignal();
  return deathSignalPrefix;
}

async function tryDeathSignal(): Promise<readonly string[]> {
  if (process.platform !== 'linux') return [];
  const deathSignal = ['setpriv', '--pdeathsig', 'KILL', '--'];
  if (await works(['setsid', ...deathSignal])) return ['setsid', ...deathSignal];
  return (await works(deathSignal)) ? deathSignal : [];
}

async function works([program = '', ...args]: readonly string[]): Promise<boolean> {
  try {
    const { exitCode } = await runProgram(program, [...args, 'setpriv', '--version'], { timeoutMs: 5000 });
    return exitCode === 0;
  } catch {
    return false;
  }
}
