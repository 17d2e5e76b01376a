import { execa } from 'execa';
import { escapeControls } from '../errors/escape.ts';
import { cancelledFault, Fault } from '../errors/fault.ts';
import { checkArguments, createProgramFault } from './program-fault.ts';

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
 * output). When this returns or throws, the program is gone.
 */
export async function runProgram(
  file: string,
  args: readonly string[],
  options: RunProgramOptions = {},
): Promise<ProgramOutput> {
  const { signal } = options;
  if (signal?.aborted) throw cancelledFault(signal, `Running ${file}`);
  checkArguments(file, args);
  const result = await execa(file, args, {
    reject: false,
    stripFinalNewline: false,
    maxBuffer: options.maxOutputBytes ?? 16 * 1024 * 1024,
    forceKillAfterDelay: 2000,
    ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
    ...(signal && { cancelSignal: signal }),
    ...(options.timeoutMs !== undefined && { timeout: options.timeoutMs }),
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    ...(options.environment && { env: { ...options.environment } }),
    ...(options.verbatim && process.platform === 'win32' && { windowsVerbatimArguments: true, argv0: `"${file}"` }),
  });
  const { stdout = '', stderr = '', exitCode } = result;
  if (signal?.aborted && result.isCanceled) throw cancelledFault(signal, `Running ${file}`);
  const printed = { stdout: escapeControls(stdout.slice(-4096)), stderr: escapeControls(stderr.slice(-4096)) };
  if (result.timedOut) {
    throw new Fault('timeout', `The program ${file} took longer than ${options.timeoutMs} ms.`, { data: printed });
  }
  if (result.isMaxBuffer)
    throw new Fault('failed', `The program ${file} printed more than allowed.`, { data: printed });
  if (result.isTerminated) {
    throw new Fault('failed', `The program ${file} was ended by ${result.signal}.`, { data: printed });
  }
  if (exitCode === undefined) throw createProgramFault(file, result.code, result.cause ?? result);
  return { exitCode, stdout, stderr };
}
