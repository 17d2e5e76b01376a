import type { ToolOutput } from '../../catalog/types.ts';
import { decodeOutput } from './decode-output.ts';

/** What is returned of each stream, in bytes; the agent itself keeps 16 MiB. */
const outputLimit = 1024 * 1024;

interface CommandEnd {
  readonly exitCode?: number | undefined;
  readonly signal?: number | undefined;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly truncated: boolean;
}

/** The end of a program in a guest that was started at `startedAt`, of `performance.now()`. */
export function presentOutput(result: CommandEnd, startedAt: number): ToolOutput<'vm.exec'> {
  const stdout = decodeOutput(result.stdout, outputLimit);
  const stderr = decodeOutput(result.stderr, outputLimit);
  return {
    ...(result.exitCode === undefined ? {} : { exitCode: result.exitCode }),
    ...(result.signal === undefined ? {} : { signal: result.signal }),
    stdout: stdout.text,
    stdoutEncoding: stdout.encoding,
    stderr: stderr.text,
    stderrEncoding: stderr.encoding,
    truncated: result.truncated || stdout.truncated || stderr.truncated,
    milliseconds: Math.round(performance.now() - startedAt),
  };
}
