import type { ToolInput, ToolOutput } from '../../catalog/types.ts';
import { cancelledFault } from '../../errors/fault.ts';
import type { CallContext } from '../../model/call.ts';
import { decodeOutput } from '../../qemu/agent/decode-output.ts';
import { runCommand } from '../../qemu/agent/run-command.ts';
import { reachAgent } from './reach-agent.ts';
import type { QemuSession } from './session.ts';

/** What is returned of each stream, in bytes; the agent itself keeps 16 MiB. */
const outputLimit = 1024 * 1024;

export async function execCommand(
  session: QemuSession,
  input: ToolInput<'vm.exec'>,
  call: CallContext,
): Promise<ToolOutput<'vm.exec'>> {
  const { signal } = call;
  const withAgent = await reachAgent(session, input.vm, signal);
  if (signal.aborted) throw cancelledFault(signal, 'The command in the guest');
  const started = performance.now();
  call.progress({ message: 'running in the guest' });
  const result = await runCommand(
    withAgent,
    {
      command: input.command,
      arguments: input.arguments,
      input: input.input === undefined ? undefined : Buffer.from(input.input),
      environment: input.environment,
      timeoutMs: input.timeoutSeconds * 1000,
    },
    signal,
  );
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
    milliseconds: Math.round(performance.now() - started),
  };
}
