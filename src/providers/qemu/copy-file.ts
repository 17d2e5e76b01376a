import path from 'node:path';
import type { ToolInput, ToolOutput } from '../../catalog/types.ts';
import { Fault } from '../../errors/fault.ts';
import type { CallContext } from '../../model/call.ts';
import { copyFromGuest } from '../../qemu/agent/copy-from-guest.ts';
import { copyToGuest } from '../../qemu/agent/copy-to-guest.ts';
import { reachAgent } from './reach-agent.ts';
import type { QemuSession } from './session.ts';

/** Comparing takes the rest. */
const transferShare = 0.95;

export async function copyFile(
  session: QemuSession,
  { vm, direction, source, target, overwrite }: ToolInput<'vm.copy'>,
  call: CallContext,
): Promise<ToolOutput<'vm.copy'>> {
  const { signal } = call;
  if (direction === 'fromGuest' && overwrite) {
    throw new Fault('invalid', 'A file on this host is never replaced.', {
      remedy: 'Leave overwrite out, and choose a target that is not there.',
      data: { field: 'overwrite' },
    });
  }
  const started = performance.now();
  const services = { withAgent: await reachAgent(session, vm, signal), signal, progress: reportTo(call) };
  const result =
    direction === 'toGuest'
      ? await copyToGuest({ source: path.resolve(source), target, overwrite }, services)
      : await copyFromGuest({ source, target: path.resolve(target), overwrite }, services);
  return { ...result, seconds: (performance.now() - started) / 1000 };
}

function reportTo(call: CallContext): (done: number, total: number | undefined) => void {
  return (done, total) => {
    const message = total === undefined ? `${done} bytes copied` : `${done} of ${total} bytes copied`;
    // A file that grows meanwhile has more than it had.
    const fraction = total ? Math.min(1, done / total) * transferShare : undefined;
    call.progress({ message, ...(fraction === undefined ? {} : { fraction }) });
  };
}
