import { cancelledFault } from '../../../errors/fault.ts';
import { decodeOutput } from '../../../qemu/agent/decode-output.ts';
import type { Operation, Planner } from '../../define-provider.ts';
import { showSteps } from '../machines/step.ts';
import type { ProxmoxSession } from '../session.ts';
import { findAgent } from './agent-request.ts';
import { runCommand, startRequest } from './run-command.ts';

/** What is returned of each stream, in bytes; the agent itself keeps 16 MiB. */
const outputLimit = 1024 * 1024;

export const execCommand: Operation<ProxmoxSession, 'vm.exec'> = async (session, input, call) => {
  const now = await findAgent(session, input.vm, call.signal);
  if (call.signal.aborted) throw cancelledFault(call.signal, 'The command in the guest');
  const started = performance.now();
  call.progress({ message: 'running in the guest' });
  const result = await runCommand(session, now, { ...input, timeoutMs: input.timeoutSeconds * 1000 }, call.signal);
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
};

/** What the program reads is nobody's business. */
export const planExec: Planner<ProxmoxSession, 'vm.exec'> = async (session, input, { signal }) => {
  const now = await findAgent(session, input.vm, signal);
  return showSteps(session, [
    {
      summary: `Run ${JSON.stringify(input.command)} in the guest of "${now.machine.name}".`,
      what: 'Running the program',
      request: startRequest(now, input),
      secret: ['input-data'],
    },
  ]);
};
