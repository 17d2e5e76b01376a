import { setTimeout as delay } from 'node:timers/promises';
import { cancelledFault } from '../../../errors/fault.ts';
import type { CallContext } from '../../../model/call.ts';
import { flagOf, isRecord } from '../reply-values.ts';
import type { ProxmoxSession } from '../session.ts';
import { type MachineNow, readGuest, readMachine } from './read-machine.ts';

const pauseMilliseconds = 1000;

/** Whether high availability looks after it: what it is told is then noted only, and done by the cluster in its own time. */
export function isManaged({ status }: MachineNow): boolean {
  return isRecord(status.ha) && flagOf(status.ha.managed);
}

/** The machine as it is now; one that the cluster looks after is waited for until it is as wanted, or the time is up. */
export async function awaitManaged(
  session: ProxmoxSession,
  now: MachineNow,
  { until, seconds }: { readonly until: (now: MachineNow) => boolean; readonly seconds: number },
  call: Pick<CallContext, 'signal' | 'progress'>,
): Promise<MachineNow> {
  if (!isManaged(now)) return readGuest(session, now.guest, call.signal);
  const { id } = now.guest;
  for (const end = performance.now() + seconds * 1000; ; ) {
    const found = await readMachine(session, id, call.signal);
    if (until(found) || performance.now() >= end) return found;
    call.progress({ message: 'waiting for high availability to carry it out' });
    await delay(pauseMilliseconds, undefined, { signal: call.signal }).catch(() => {
      throw cancelledFault(call.signal, `Waiting for ${id}`);
    });
  }
}
