import path from 'node:path';
import type { ToolInput, ToolOutput } from '../../catalog/types.ts';
import { Fault } from '../../errors/fault.ts';
import type { CallContext } from '../../model/call.ts';
import type { CopyRequest } from '../../qemu/agent/copy-file.ts';
import { copyFromGuest } from '../../qemu/agent/copy-from-guest.ts';
import { copyToGuest } from '../../qemu/agent/copy-to-guest.ts';
import { reachAgent } from './reach-agent.ts';
import type { QemuSession } from './session.ts';

/** Comparing takes the rest. */
const transferShare = 0.95;

export async function copyFile(
  session: QemuSession,
  input: ToolInput<'vm.copy'>,
  call: CallContext,
): Promise<ToolOutput<'vm.copy'>> {
  const { signal } = call;
  const request = describeCopy(input);
  const started = performance.now();
  const services = { withAgent: await reachAgent(session, input.vm, signal), signal, progress: reportTo(call) };
  const copy = input.direction === 'toGuest' ? copyToGuest : copyFromGuest;
  const result = await copy(request, services);
  return { ...result, seconds: (performance.now() - started) / 1000 };
}

/** Paths of the host are absolute in it. Throws `invalid` for a file of the host that would have to be replaced. */
export function describeCopy({ direction, source, target, overwrite }: ToolInput<'vm.copy'>): CopyRequest {
  if (direction === 'toGuest') return { source: path.resolve(source), target, overwrite };
  if (!overwrite) return { source, target: path.resolve(target), overwrite };
  throw new Fault('invalid', 'A file on this host is never replaced.', {
    remedy: 'Leave overwrite out, and choose a target that is not there.',
    data: { field: 'overwrite' },
  });
}

function reportTo(call: CallContext): (done: number, total: number | undefined) => void {
  return (done, total) => {
    const message = total === undefined ? `${done} bytes copied` : `${done} of ${total} bytes copied`;
    // A file that grows meanwhile has more than it had.
    const fraction = total ? Math.min(1, done / total) * transferShare : undefined;
    call.progress({ message, ...(fraction === undefined ? {} : { fraction }) });
  };
}
