import type { PlanStep } from '../../../model/plan.ts';
import { power } from '../../../qemu/guest/power.ts';
import type { Planner } from '../../define-provider.ts';
import { isAsked, pressEvery } from '../ask-guest.ts';
import { findMachine } from '../find-machine.ts';
import { readStatusOf } from '../present-machine.ts';
import type { QemuSession } from '../session.ts';
import { isForced, limits } from '../stop-machine.ts';
import { recordQmp } from './record-requests.ts';

/** The guest gets so many seconds. */
export async function planButton(name: string, seconds: number): Promise<PlanStep[]> {
  const steps = await recordQmp(name, 'Press its power button.', qmp => power.pressButton(qmp));
  const condition = `Again every ${pressEvery / 1000} s until the guest has shut down, for ${seconds} s at most.`;
  return steps.map(step => ({ ...step, condition }));
}

export const planStop: Planner<QemuSession, 'vm.stop'> = async (session, input, { signal }) => {
  const { name, record } = await findMachine(session, input.vm);
  if (record === undefined) return [];
  const status = await readStatusOf(session, record, signal);
  if (status === 'exited') return [];
  const { timeoutSeconds } = input;
  const forced = isForced(session, record, input) || status === 'silent';
  // Of one that talks to somebody else it is taken to run.
  const asked = !forced && isAsked(status === 'busy' ? 'running' : status, timeoutSeconds * 1000);
  const button = asked ? await planButton(name, timeoutSeconds) : [];
  const quit = await recordQmp(name, 'Have QEMU end.', qmp => power.quit(qmp));
  const { pid } = record.process;
  const kill: PlanStep = {
    summary: 'End the process of QEMU.',
    request: { to: `process ${pid}`, body: { signal: 'SIGKILL' } },
    condition: `When it has not ended ${limits.quitMs / 1000} s later.`,
  };
  const late = 'When the guest has not shut down by then, or QEMU is still there.';
  return [...button, ...quit.map(step => (asked ? { ...step, condition: late } : step)), kill];
};
