import { Fault } from '../../../errors/fault.ts';
import type { Network } from '../../../model/network.ts';
import { changeSlot } from '../machines/change-slot.ts';
import type { Step } from '../machines/step.ts';
import type { ProxmoxSession } from '../session.ts';
import { applySteps, nodeScope, sdnScope } from './apply-steps.ts';
import { machinesOn, readAttached } from './attached-machines.ts';
import { findNetwork } from './find-network.ts';
import { readNodeNetwork } from './read-networks.ts';

export const deleteNetwork = changeSlot<'network.delete'>(async (session, input, { signal }) => {
  const network = await findNetwork(session, input.network, signal);
  const { id, name, node } = network;
  await refuseInUse(session, network, signal);
  if (node !== undefined) await refuseWayOut(session, node, name, signal);
  const scope = node === undefined ? sdnScope(session) : nodeScope(session, node);
  const isOwn = (one: string) => (node === undefined ? one.startsWith(`vnet ${name} (`) : one === name);
  const steps = [deleteStep(network), ...(await applySteps(scope, input, isOwn, signal))];
  return {
    steps,
    finish: async call => {
      const waiting = await scope.waiting(call.signal);
      return { deleted: id, ...(waiting.length === 0 ? {} : { waiting }) };
    },
  };
});

function deleteStep({ name, node }: Network): Step {
  const words = { what: 'Deleting the network', task: false } as const;
  if (node === undefined) {
    const summary = `Delete the vnet "${name}".`;
    return {
      ...words,
      summary,
      request: { method: 'DELETE', path: '/cluster/sdn/vnets/{vnet}', params: { vnet: name } },
    };
  }
  const summary = `Delete the bridge "${name}" of ${node}.`;
  return {
    ...words,
    summary,
    request: { method: 'DELETE', path: '/nodes/{node}/network/{iface}', params: { node, iface: name } },
  };
}

/** All machines that could be on it are looked at: a machine whose network is gone does not start any more. */
async function refuseInUse(session: ProxmoxSession, network: Network, signal: AbortSignal): Promise<void> {
  const { name, node } = network;
  const isNear = (guest: { node: string }) => node === undefined || guest.node === node;
  const attached = await readAttached(session, signal, isNear, Number.POSITIVE_INFINITY);
  const machines = machinesOn(network, attached);
  if (machines.length > 0) {
    throw new Fault('conflict', `${machines.length} machines are attached to the network "${name}".`, {
      remedy: 'Attach them to another first: vm.adapter.set with "network". "machines" names them.',
      data: { field: 'network', machines },
    });
  }
  if (attached.unread.length === 0) return;
  throw new Fault('conflict', `Whether machines are attached to the network "${name}" can not be told.`, {
    remedy: 'Let the account see all machines (VM.Audit), or ask again when their nodes answer.',
    data: { field: 'network', unread: attached.unread },
  });
}

/** Without the bridge that its default route goes over, a node is reached by nobody any more. */
async function refuseWayOut(session: ProxmoxSession, node: string, name: string, signal: AbortSignal): Promise<void> {
  const { interfaces } = await readNodeNetwork(session, node, signal);
  const found = interfaces.find(({ iface }) => iface === name);
  const gateway = found?.gateway ?? found?.gateway6;
  if (gateway === undefined) return;
  throw new Fault('conflict', `The node "${node}" itself is reached over "${name}", which has its gateway.`, {
    remedy: 'Give the node another way first, in its own pages.',
    data: { field: 'network', gateway },
  });
}
