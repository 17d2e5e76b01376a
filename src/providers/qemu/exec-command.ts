import type { ToolInput, ToolOutput } from '../../catalog/types.ts';
import { cancelledFault } from '../../errors/fault.ts';
import type { CallContext } from '../../model/call.ts';
import { presentOutput } from '../../qemu/agent/present-output.ts';
import { runCommand } from '../../qemu/agent/run-command.ts';
import { reachAgent } from './reach-agent.ts';
import type { QemuSession } from './session.ts';

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
  return presentOutput(result, started);
}
