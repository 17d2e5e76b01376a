import { Fault } from '../../../errors/fault.ts';
import type { Machine } from '../../../model/machine.ts';
import type { ParameterValue, ProxmoxRequest } from '../client/request.ts';
import { type MachineNow, readMachine } from '../machines/read-machine.ts';
import { refuseContainer, refuseStopped } from '../machines/refusals.ts';
import type { Guest, ProxmoxSession } from '../session.ts';

type Params = Readonly<Record<string, ParameterValue | undefined>>;

/** What stands in the path of every request to the agent of a machine. */
export function agentOf({ node, vmid }: Guest): { node: string; vmid: number } {
  return { node, vmid };
}

export const execRequest = (guest: Guest, params: Params): ProxmoxRequest => ({
  method: 'POST',
  path: '/nodes/{node}/qemu/{vmid}/agent/exec',
  params: { ...agentOf(guest), ...params },
});

export const writeRequest = (guest: Guest, params: Params): ProxmoxRequest => ({
  method: 'POST',
  path: '/nodes/{node}/qemu/{vmid}/agent/file-write',
  params: { ...agentOf(guest), ...params },
});

export const readRequest = (guest: Guest, params: Params): ProxmoxRequest => ({
  method: 'GET',
  path: '/nodes/{node}/qemu/{vmid}/agent/file-read',
  params: { ...agentOf(guest), ...params },
});

/** The machine, running, with an agent that can be asked in principle. */
export async function findAgent(session: ProxmoxSession, vm: string, signal: AbortSignal): Promise<MachineNow> {
  const now = await readMachine(session, vm, signal);
  refuseContainer(now, 'its API has no call that runs programs or reaches files in one.', 'Reach it over SSH instead.');
  refuseStopped(now, 'asked through its agent');
  return now;
}

// The first that fits counts: "failed to open file '/x' (mode: 'wb'): Permission denied" is about rights.
// QEMU guest agent is not running
// VM 100 is not running
// No QEMU guest agent configured
const explanations = [
  {
    pattern: /no qemu guest agent configured/i,
    code: 'unsupported',
    says: 'has no guest agent in its configuration',
    remedy: 'Switch it on, then restart the machine: vm.configure with options {"agent": "1"}.',
  },
  {
    pattern: /guest agent is not running|got timeout|unable to connect|not connected/i,
    code: 'unsupported',
    says: 'has no guest agent that answers',
    remedy: 'Install and start qemu-guest-agent in the guest; wait for it with vm.wait.',
  },
  {
    pattern: /permission denied|access is denied|not permitted/i,
    code: 'denied',
    says: 'does not let its agent do this',
    remedy: "Check the path's rights in the guest; on Linux with SELinux also what it lets the agent do.",
  },
  {
    pattern: /has been disabled|is disabled|not allowed/i,
    code: 'denied',
    says: 'has an agent that is not allowed to do this',
    remedy: 'Let its configuration allow the command, in the guest.',
  },
  {
    pattern: /no such file|cannot find|failed to (open|execute)|can't open|not found/i,
    code: 'not_found',
    says: 'has no such file or program',
    remedy: 'Check the path: it is one in the guest.',
  },
] as const;

/** The Fault of the agent for what the host answered with its status for all that goes wrong; others stay what they are. */
export function explainAgent(error: unknown, { name }: Pick<Machine, 'name'>): unknown {
  if (!(error instanceof Fault) || error.data?.status !== 500) return error;
  const answer = String(error.data.answer ?? '');
  const found = explanations.find(({ pattern }) => pattern.test(answer));
  if (found === undefined) return error;
  const { code, says, remedy } = found;
  return new Fault(code, `The machine "${name}" ${says}.`, { remedy, data: error.data, cause: error });
}
