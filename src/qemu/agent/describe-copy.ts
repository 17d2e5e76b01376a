import path from 'node:path';
import type { ToolInput } from '../../catalog/types.ts';
import { Fault } from '../../errors/fault.ts';
import type { CallContext } from '../../model/call.ts';
import type { CopyRequest } from './copy-file.ts';

/** Comparing takes the rest. */
const transferShare = 0.95;

/** Paths of the host are absolute in it. Throws `invalid` for a file of the host that would have to be replaced. */
export function describeCopy({ direction, source, target, overwrite }: ToolInput<'vm.copy'>): CopyRequest {
  if (direction === 'toGuest') return { source: path.resolve(source), target, overwrite };
  if (!overwrite) return { source, target: path.resolve(target), overwrite };
  throw new Fault('invalid', 'A file on this host is never replaced.', {
    remedy: 'Leave overwrite out, and choose a target that is not there.',
    data: { field: 'overwrite' },
  });
}

/** Tells a call how far its copy is, in bytes. */
export function reportCopy(call: CallContext): (done: number, total: number | undefined) => void {
  return (done, total) => {
    const message = total === undefined ? `${done} bytes copied` : `${done} of ${total} bytes copied`;
    // A file that grows meanwhile has more than it had.
    const fraction = total ? Math.min(1, done / total) * transferShare : undefined;
    call.progress({ message, ...(fraction === undefined ? {} : { fraction }) });
  };
}
