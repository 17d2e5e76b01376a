import type { ToolInput } from '../../../catalog/types.ts';
import type { Operation, Planner } from '../../define-provider.ts';
import type { Guest, ProxmoxSession } from '../session.ts';
import { chooseNode, chooseStorage } from './choose-place.ts';
import { creationRequest, creationSecrets, type Placement } from './creation-request.ts';
import { nextVmid, withFreeVmid } from './next-vmid.ts';
import { secretOptions } from './options.ts';
import { machineId } from './present-machine.ts';
import { readGuest } from './read-machine.ts';
import { type Step, showSteps, takeSteps, warningsOf } from './step.ts';

type CreateInput = ToolInput<'vm.create'>;

export const createMachine: Operation<ProxmoxSession, 'vm.create'> = async (session, input, call) => {
  const place = await choosePlace(session, input, call.signal);
  return withFreeVmid(session, input.vmid, call.signal, async vmid => {
    const ends = await takeSteps(session, [creationStep(input, { ...place, vmid })], call);
    const type = input.kind === 'container' ? 'lxc' : 'qemu';
    const guest = newGuest(session, { node: place.node, vmid, type, name: input.name });
    return { machine: (await readGuest(session, guest, call.signal)).machine, ...warningsOf(ends) };
  });
};

export const planCreate: Planner<ProxmoxSession, 'vm.create'> = async (session, input, { signal }) => {
  const place = await choosePlace(session, input, signal);
  const vmid = input.vmid ?? (await nextVmid(session, signal));
  return showSteps(session, [creationStep(input, { ...place, vmid })]);
};

async function choosePlace(
  session: ProxmoxSession,
  input: CreateInput,
  signal: AbortSignal,
): Promise<Omit<Placement, 'vmid'>> {
  // What is wrong with the input itself is told before anybody is asked.
  creationRequest(input, { node: 'n', storage: 's', vmid: 100 });
  const node = await chooseNode(session, input.node, signal);
  const content = input.kind === 'container' ? 'rootdir' : 'images';
  return { node, storage: await chooseStorage(session, node, content, input.storage, signal) };
}

function creationStep(input: CreateInput, place: Placement): Step {
  const kind = input.kind === 'container' ? 'container' : 'machine';
  return {
    summary: `Create the ${kind} "${input.name}" as ${place.vmid} on ${place.node}${input.start ? ', and start it' : ''}.`,
    what: `Creating the ${kind} "${input.name}"`,
    request: creationRequest(input, place),
    secret: [...creationSecrets, ...secretOptions(Object.keys(input.options ?? {}))],
  };
}

/** A machine that the list of the cluster may not have yet. */
export function newGuest(
  { host }: ProxmoxSession,
  { node, vmid, type, name }: Pick<Guest, 'node' | 'vmid' | 'type' | 'name'>,
): Guest {
  const id = machineId(host, vmid);
  return { id, node, type, vmid, name, status: 'stopped', template: false, lock: undefined, tags: [] };
}
