import { escapeControls } from '../../errors/escape.ts';
import { type ProgramOutput, runProgram } from '../../host/run-program.ts';
import { type CommandLine, formatCommand } from './command-line.ts';
import type { InstallRequest } from './installation-step.ts';

const longestMs = 60 * 60_000;

/** Says which command it runs, and runs it to its end. */
export async function runInstaller(
  command: CommandLine,
  { signal, progress }: Pick<InstallRequest, 'signal' | 'progress'>,
  options: { readonly verbatim?: boolean } = {},
): Promise<ProgramOutput> {
  const [program, ...args] = command;
  progress({ message: `running: ${formatCommand(command)}` });
  return runProgram(program, args, { signal, timeoutMs: longestMs, ...options });
}

/** What a Fault keeps of a command that failed. */
export function describeFailure(command: CommandLine, { exitCode, stdout, stderr }: ProgramOutput) {
  const tail = (text: string) => escapeControls(text.slice(-4000));
  return { command: formatCommand(command), exitCode, stdout: tail(stdout), stderr: tail(stderr) };
}
