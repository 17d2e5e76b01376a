import { setTimeout as delay } from 'node:timers/promises';
import type { ToolInput } from '../../../catalog/types.ts';
import { cancelledFault, Fault } from '../../../errors/fault.ts';
import { quoteWord } from '../../../errors/quote-word.ts';
import type { Operation } from '../../define-provider.ts';
import { pingAgent } from '../guest/ping-agent.ts';
import { type MachineNow, readMachine } from '../machines/read-machine.ts';
import type { ProxmoxSession } from '../session.ts';

type WaitInput = ToolInput<'vm.wait'>;

const shortestPause = 300;
const longestPause = 2000;
/** What passes by itself: the host may be restarting, another task may have the machine. */
const passing: ReadonlySet<string> = new Set(['busy', 'unavailable', 'timeout', 'host_fault']);

/** Looks again and again until the machine is as it was asked for. */
export const waitMachine: Operation<ProxmoxSession, 'vm.wait'> = async (session, input, call) => {
  refuseGoal(input);
  const started = performance.now();
  const limit = AbortSignal.timeout(input.timeoutSeconds * 1000);
  const signal = AbortSignal.any([call.signal, limit]);
  let seen = 'nothing yet';
  try {
    for (let pause = shortestPause; ; pause = Math.min(longestPause, pause * 1.3)) {
      const look = await lookOnce(session, input, signal);
      seen = look.seen;
      const seconds = (performance.now() - started) / 1000;
      if (look.reached) return { reached: true, seconds, detail: seen };
      call.progress({ message: `waiting for ${input.for}: ${seen}` });
      await delay(pause, undefined, { signal });
    }
  } catch (error) {
    if (call.signal.aborted) throw cancelledFault(call.signal, `Waiting for ${input.for}`);
    if (!limit.aborted) throw error;
    const message = `The machine ${input.vm} did not come to be ${input.for} within ${input.timeoutSeconds} s; seen last: ${seen}.`;
    throw new Fault('timeout', message, {
      remedy: 'Give it more time with timeoutSeconds.',
      data: { for: input.for, seen },
    });
  }
};

function refuseGoal({ for: goal }: WaitInput): void {
  if (goal !== 'login' && goal !== 'port') return;
  throw new Fault('unsupported', `Proxmox VE can not tell when "${goal}" is there.`, {
    remedy: 'Wait for "agent", or look at the screen with vm.screenshot.',
    data: { field: 'for' },
  });
}

async function lookOnce(
  session: ProxmoxSession,
  input: WaitInput,
  signal: AbortSignal,
): Promise<{ reached: boolean; seen: string }> {
  try {
    const now = await readMachine(session, input.vm, signal);
    const { state } = now.machine;
    if (state === 'failed' && input.for !== 'stopped') throw neverComes(now, input);
    if (input.for !== 'agent') return { reached: isReached(state, input.for), seen: `it is ${state}` };
    if (state === 'stopped' || state === 'saved' || state === 'stopping') throw neverComes(now, input);
    const answers = state === 'running' && (await pingAgent(session, now.guest, signal));
    return { reached: answers, seen: answers ? 'the guest agent answers' : `it is ${state}; no guest agent answers` };
  } catch (error) {
    if (signal.aborted || !(error instanceof Fault) || !passing.has(error.code)) throw error;
    return { reached: false, seen: error.message };
  }
}

function isReached(state: string, goal: WaitInput['for']): boolean {
  return state === goal || (goal === 'stopped' && state === 'saved');
}

function neverComes({ machine, guest }: MachineNow, { for: goal }: WaitInput): Fault {
  const isFailed = machine.state === 'failed';
  return new Fault(
    isFailed ? 'host_fault' : 'conflict',
    `The machine "${machine.name}" is ${machine.state}, so "${goal}" will not come.`,
    {
      remedy: `${isFailed ? 'Look at its screen, or restart it' : 'Start it'}: vmbridge call ${isFailed ? 'vm.restart' : 'vm.start'} --vm ${quoteWord(guest.id)}`,
      data: { field: 'vm', state: machine.state },
    },
  );
}
