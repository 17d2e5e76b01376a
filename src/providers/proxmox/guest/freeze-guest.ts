import type { ToolInput, ToolOutput } from '../../../catalog/types.ts';
import { Fault } from '../../../errors/fault.ts';
import type { Operation, Planner } from '../../define-provider.ts';
import type { ProxmoxRequest } from '../client/request.ts';
import { showSteps } from '../machines/step.ts';
import { isRecord, numberOf, textOf } from '../reply-values.ts';
import type { Guest, ProxmoxSession } from '../session.ts';
import { agentOf, explainAgent, findAgent } from './agent-request.ts';

type Action = ToolInput<'vm.freeze'>['action'];

const summaries: Readonly<Record<Action, string>> = {
  freeze: 'Hold back all writing',
  thaw: 'Let writing go on',
  status: 'Ask whether writing is held back',
};

export const freezeGuest: Operation<ProxmoxSession, 'vm.freeze'> = async (session, { vm, action }, { signal }) => {
  const { guest, machine } = await findAgent(session, vm, signal);
  try {
    const reply = await session.client.send(freezeRequest(guest, action), { signal });
    return presentFreeze(action, isRecord(reply) && 'result' in reply ? reply.result : reply);
  } catch (error) {
    throw explainAgent(error, machine);
  }
};

export const planFreeze: Planner<ProxmoxSession, 'vm.freeze'> = async (session, { vm, action }, { signal }) => {
  const { guest, machine } = await findAgent(session, vm, signal);
  return showSteps(session, [
    {
      summary: `${summaries[action]} in the guest of "${machine.name}".`,
      what: 'Freezing the guest',
      request: freezeRequest(guest, action),
      task: false,
    },
  ]);
};

function freezeRequest(guest: Guest, action: Action): ProxmoxRequest {
  const params = agentOf(guest);
  if (action === 'freeze') return { method: 'POST', path: '/nodes/{node}/qemu/{vmid}/agent/fsfreeze-freeze', params };
  if (action === 'thaw') return { method: 'POST', path: '/nodes/{node}/qemu/{vmid}/agent/fsfreeze-thaw', params };
  return { method: 'POST', path: '/nodes/{node}/qemu/{vmid}/agent/fsfreeze-status', params };
}

/** A number of file systems for what was done, a word for what was asked. */
function presentFreeze(action: Action, result: unknown): ToolOutput<'vm.freeze'> {
  if (action !== 'status') {
    const count = numberOf(result);
    return {
      state: action === 'freeze' ? 'frozen' : 'thawed',
      ...(count === undefined || count < 0 ? {} : { fileSystems: Math.round(count) }),
    };
  }
  const word = textOf(result);
  if (word === 'frozen' || word === 'thawed') return { state: word };
  throw new Fault('failed', 'The agent did not tell whether writing is held back.', { data: { answer: word } });
}
