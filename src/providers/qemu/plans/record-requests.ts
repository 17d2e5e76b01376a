import type { PlanStep } from '../../../model/plan.ts';
import type { AgentChannel } from '../../../qemu/agent/guest-file.ts';
import type { QmpChannel } from '../../../qemu/qmp/qmp-channel.ts';
import { idOf } from '../find-machine.ts';

type Recorder = QmpChannel & AgentChannel;

/** Arguments that only the run knows, and what stands for them. */
type Placeholders = Readonly<Record<string, string>>;

/** A channel that notes down what it is to send, and sends nothing. Every command is told that all went well. */
function makeRecorder(
  to: string,
  summary: string,
  steps: PlanStep[],
  answer: unknown,
  unknowns: Placeholders,
): Recorder {
  return {
    execute: async (command: string, args: Readonly<Record<string, unknown>> = {}) => {
      const told = Object.fromEntries(Object.entries(args).map(([key, value]) => [key, unknowns[key] ?? value]));
      const body = { execute: command, ...(Object.keys(told).length === 0 ? {} : { arguments: told }) };
      steps.push({ summary, request: { to, body } });
      return answer;
    },
  };
}

async function record(
  to: string,
  summary: string,
  work: (channel: Recorder) => Promise<unknown>,
  answer: unknown,
  unknowns: Placeholders = {},
): Promise<PlanStep[]> {
  const steps: PlanStep[] = [];
  await work(makeRecorder(to, summary, steps, answer, unknowns));
  return steps;
}

/** What some work would send to a machine's QEMU. */
export function recordQmp(name: string, summary: string, work: (qmp: QmpChannel) => Promise<unknown>) {
  return record(`QMP of ${idOf(name)}`, summary, work, '');
}

/** What some work would send to a machine's guest agent, whose answers are all the same. */
export function recordAgent(
  name: string,
  summary: string,
  work: (agent: AgentChannel) => Promise<unknown>,
  answer: unknown = 0,
) {
  return record(`guest agent of ${idOf(name)}`, summary, work, answer, { handle: '<handle>', 'buf-b64': '<content>' });
}
