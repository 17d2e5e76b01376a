import { Fault } from '../../errors/fault.ts';
import type { GuestRecord } from '../../qemu/guest-records.ts';
import { agentOf } from './reach-agent.ts';
import type { QemuSession } from './session.ts';
import type { WaitGoal } from './wait-goal.ts';

const answerMs = 3000;

/** Reached when the agent answers a ping. */
export function waitAgentGoal(session: QemuSession, record: GuestRecord): WaitGoal {
  const withAgent = agentOf(session, record);
  return {
    words: 'have its guest agent answer',
    look: async signal => {
      try {
        const limits = { signal, timeoutMs: answerMs };
        await withAgent(agent => agent.execute('guest-ping', {}, limits), { signal, answerMs });
        return { reached: 'the guest agent answers' };
      } catch (error) {
        if (error instanceof Fault && error.code === 'unavailable') return { seen: 'no guest agent answers' };
        throw error;
      }
    },
  };
}
