import type { ToolInput } from '../../../catalog/types.ts';
import { Fault } from '../../../errors/fault.ts';
import type { Network } from '../../../model/network.ts';
import { changeSlot, type Prepared } from '../machines/change-slot.ts';
import type { Step } from '../machines/step.ts';
import type { ProxmoxSession } from '../session.ts';
import { applySteps, nodeScope, type Scope, sdnScope } from './apply-steps.ts';
import { chooseNode, parameters, refuseWrongFields, requireName, requireZone } from './creation-fields.ts';
import { findNetworks } from './list-networks.ts';
import { readNodeNetwork } from './read-networks.ts';
import { readSdn } from './read-sdn.ts';

type Input = ToolInput<'network.create'>;

/** Nothing is applied that others have left waiting, unless that is asked for. */
export const createNetwork = changeSlot<'network.create'>(async (session, input, { signal }) => {
  refuseWrongFields(input);
  requireName(input);
  return input.type === 'vnet' ? prepareVnet(session, input, signal) : prepareBridge(session, input, signal);
});

async function prepareBridge(
  session: ProxmoxSession,
  input: Input,
  signal: AbortSignal,
): Promise<Prepared<'network.create'>> {
  const node = await chooseNode(session, input, signal);
  const { interfaces } = await readNodeNetwork(session, node, signal);
  if (interfaces.some(({ iface }) => iface === input.name)) throw exists(input.name, `the node "${node}"`);
  const missing = input.ports?.find(port => !interfaces.some(({ iface }) => iface === port.split('.', 1)[0]));
  if (missing !== undefined) {
    const candidates = interfaces
      .filter(({ type }) => ['eth', 'bond', 'vlan'].includes(type))
      .map(({ iface }) => iface);
    throw new Fault('not_found', `The node "${node}" has no interface "${missing}".`, {
      remedy: `Use some of: ${candidates.join(', ')}.`,
      data: { field: 'ports', candidates },
    });
  }
  const scope = nodeScope(session, node);
  const step: Step = {
    summary: `Make the bridge "${input.name}" at ${node}.`,
    what: 'Making the bridge',
    task: false,
    request: { method: 'POST', path: '/nodes/{node}/network', params: parameters.bridge(node, input) },
  };
  const steps = [step, ...(await applySteps(scope, input, one => one === input.name, signal))];
  return { steps, finish: call => tell(session, scope, `proxmox:${session.host}/${node}/${input.name}`, call.signal) };
}

async function prepareVnet(
  session: ProxmoxSession,
  input: Input,
  signal: AbortSignal,
): Promise<Prepared<'network.create'>> {
  const sdn = await readSdn(session, signal);
  const zone = requireZone(sdn, input);
  if (sdn.vnets.some(({ vnet }) => vnet === input.name)) throw exists(input.name, `the host "${session.host}"`);
  const scope = sdnScope(session);
  const step: Step = {
    summary: `Make the vnet "${input.name}" in the zone "${zone}".`,
    what: 'Making the vnet',
    task: false,
    request: { method: 'POST', path: '/cluster/sdn/vnets', params: parameters.vnet(zone, input) },
  };
  const isOwn = (one: string) => one.startsWith(`vnet ${input.name} (`);
  const steps = [step, ...(await applySteps(scope, input, isOwn, signal))];
  return { steps, finish: call => tell(session, scope, `proxmox:${session.host}/sdn/${input.name}`, call.signal) };
}

async function tell(session: ProxmoxSession, scope: Scope, id: string, signal: AbortSignal) {
  const [{ networks }, waiting] = await Promise.all([findNetworks(session, signal), scope.waiting(signal)]);
  const network: Network | undefined = networks.find(one => one.id === id);
  if (network === undefined) {
    throw new Fault('failed', `The network ${id} was made, and is not there any more.`, {
      remedy: 'Look at network.list: somebody may have taken it back.',
      data: { waiting },
    });
  }
  return { network, ...(waiting.length === 0 ? {} : { waiting }) };
}

function exists(name: string, where: string): Fault {
  return new Fault('conflict', `There is a network or interface "${name}" at ${where} already.`, {
    remedy: 'Choose another name.',
    data: { field: 'name' },
  });
}
