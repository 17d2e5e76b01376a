import { execa } from 'execa';
import { escapeControls } from '../errors/escape.ts';
import { cancelledFault, Fault } from '../errors/fault.ts';
import { checkArguments, createProgramFault } from './program-fault.ts';
import { endProcessTree } from './windows/end-process-tree.ts';
import { resolveProgram } from './windows/resolve-program.ts';

export interface RunProgramOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  /** Text for standard input; without it the program reads an empty one. */
  readonly input?: string | Uint8Array | undefined;
  readonly cwd?: string | undefined;
  /** Added to the environment of this process. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Limit for each of the two outputs, in bytes; 16 MiB when left out. */
  readonly maxOutputBytes?: number | undefined;
  /** On Windows: join the arguments by spaces and quote none, for programs that read their command line themselves. */
  readonly verbatim?: boolean | undefined;
}

export interface ProgramOutput {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end, without a shell. An exit code other than 0 is an answer, not an error. Faults: what kept it
 * from starting (`unavailable`, `denied`, `invalid`), `timeout`, `cancelled`, `failed` (ended by a signal, too much
 * output). When this returns or throws, the program is gone; on Windows also what it started.
 */
export async function runProgram(
  file: string,
  args: readonly string[],
  options: RunProgramOptions = {},
): Promise<ProgramOutput> {
  const { signal } = options;
  if (signal?.aborted) throw cancelledFault(signal, `Running ${file}`);
  checkArguments(file, args);
  const program = process.platform === 'win32' ? await resolveProgram(file) : file;
  const ending = new AbortController();
  const child = execa(program, args, {
    reject: false,
    stripFinalNewline: false,
    maxBuffer: options.maxOutputBytes ?? 16 * 1024 * 1024,
    forceKillAfterDelay: 2000,
    ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
    cancelSignal: ending.signal,
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    ...(options.environment && { env: { ...options.environment } }),
    ...(options.verbatim && process.platform === 'win32' && { windowsVerbatimArguments: true, argv0: `"${file}"` }),
  });
  const watch = watchForEnd(options, () => endChild(child.pid, ending));
  const result = await child.finally(watch.stop);
  const { stdout = '', stderr = '', exitCode } = result;
  const reason = watch.reason();
  if (signal && reason === 'cancelled') throw cancelledFault(signal, `Running ${file}`);
  const printed = { stdout: escapeControls(stdout.slice(-4096)), stderr: escapeControls(stderr.slice(-4096)) };
  if (reason === 'timeout') {
    throw new Fault('timeout', `The program ${file} took longer than ${options.timeoutMs} ms.`, {
      remedy: 'Try again when the host is less busy; a program that hangs every time is to be installed again.',
      data: printed,
    });
  }
  if (result.isMaxBuffer)
    throw new Fault('failed', `The program ${file} printed more than allowed.`, { data: printed });
  if (result.isTerminated) {
    throw new Fault('failed', `The program ${file} was ended by ${result.signal}.`, {
      remedy: 'Try again; when it is SIGKILL, the host may have run out of memory.',
      data: { ...printed, signal: result.signal },
    });
  }
  if (exitCode === undefined) throw createProgramFault(file, result.code, result.cause ?? result);
  return { exitCode, stdout, stderr };
}

/** Calls `end` once, when the caller has gone away or the time is up. */
function watchForEnd({ signal, timeoutMs }: RunProgramOptions, end: () => void) {
  let reason: 'cancelled' | 'timeout' | undefined;
  const endFor = (why: 'cancelled' | 'timeout') => {
    if (reason !== undefined) return;
    reason = why;
    end();
  };
  const cancel = () => endFor('cancelled');
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => endFor('timeout'), timeoutMs);
  signal?.addEventListener('abort', cancel, { once: true });
  const stop = () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', cancel);
  };
  return { stop, reason: () => reason };
}

/** Windows ends nothing but the process itself, and forgets who its children were as soon as it is gone: they go with it. */
function endChild(pid: number | undefined, ending: AbortController): void {
  const rest = () => ending.abort();
  if (process.platform === 'win32' && pid !== undefined) void endProcessTree(pid).then(rest);
  else rest();
}
