import { cancelledFault } from '../errors/fault.ts';
import { type ProgramExit, startProgram } from './start-program.ts';

export interface WatchProgramOptions {
  readonly cwd?: string | undefined;
  /** Added to the environment of this process. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Gets standard output as it comes; a piece may end anywhere. */
  readonly onOutput: (text: string) => void;
}

/**
 * Runs a program to its end and hands its output over meanwhile. It does not outlive this process, even one that is
 * killed. When this returns or throws, the program is gone. Faults: what kept it from starting, `cancelled`.
 */
export async function watchProgram(
  file: string,
  args: readonly string[],
  { signal, onOutput, ...options }: WatchProgramOptions,
): Promise<ProgramExit> {
  if (signal?.aborted) throw cancelledFault(signal, `Running ${file}`);
  const decoder = new TextDecoder();
  const program = await startProgram(file, args, {
    ...options,
    onOutput: piece => onOutput(decoder.decode(piece, { stream: true })),
  });
  const kill = () => program.kill();
  signal?.addEventListener('abort', kill);
  // It may have been aborted while the program was being started.
  if (signal?.aborted) kill();
  try {
    const exit = await program.exited;
    if (signal?.aborted) throw cancelledFault(signal, `Running ${file}`);
    return exit;
  } finally {
    signal?.removeEventListener('abort', kill);
  }
}
