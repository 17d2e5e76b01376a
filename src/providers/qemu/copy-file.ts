import type { ToolInput, ToolOutput } from '../../catalog/types.ts';
import type { CallContext } from '../../model/call.ts';
import { copyFromGuest } from '../../qemu/agent/copy-from-guest.ts';
import { copyToGuest } from '../../qemu/agent/copy-to-guest.ts';
import { describeCopy, reportCopy } from '../../qemu/agent/describe-copy.ts';
import { reachAgent } from './reach-agent.ts';
import type { QemuSession } from './session.ts';

export async function copyFile(
  session: QemuSession,
  input: ToolInput<'vm.copy'>,
  call: CallContext,
): Promise<ToolOutput<'vm.copy'>> {
  const { signal } = call;
  const request = describeCopy(input);
  const started = performance.now();
  const services = { withAgent: await reachAgent(session, input.vm, signal), signal, progress: reportCopy(call) };
  const copy = input.direction === 'toGuest' ? copyToGuest : copyFromGuest;
  const result = await copy(request, services);
  return { ...result, seconds: (performance.now() - started) / 1000 };
}
