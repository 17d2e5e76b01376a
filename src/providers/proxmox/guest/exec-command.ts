import { cancelledFault } from '../../../errors/fault.ts';
import { presentOutput } from '../../../qemu/agent/present-output.ts';
import type { Operation, Planner } from '../../define-provider.ts';
import { showSteps } from '../machines/step.ts';
import type { ProxmoxSession } from '../session.ts';
import { findAgent } from './agent-request.ts';
import { runCommand, startRequest } from './run-command.ts';

export const execCommand: Operation<ProxmoxSession, 'vm.exec'> = async (session, input, call) => {
  const now = await findAgent(session, input.vm, call.signal);
  if (call.signal.aborted) throw cancelledFault(call.signal, 'The command in the guest');
  const started = performance.now();
  call.progress({ message: 'running in the guest' });
  const result = await runCommand(session, now, { ...input, timeoutMs: input.timeoutSeconds * 1000 }, call.signal);
  return presentOutput(result, started);
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
