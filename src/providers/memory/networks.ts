import type { ToolInput } from '../../catalog/types.ts';
import { Fault } from '../../errors/fault.ts';
import type { Network } from '../../model/network.ts';
import type { Operation, Planner } from '../define-provider.ts';
import { planChange } from './pretend/plan-work.ts';
import { sufferPresetFault } from './pretend/preset-faults.ts';
import type { MemorySession } from './session.ts';
import { findNetwork, idOf } from './world/find.ts';
import { presentNetwork } from './world/present.ts';
import type { World } from './world/world.ts';

type Session = MemorySession;

export const list: Operation<Session, 'network.list'> = async (session, _input, { signal }) => {
  await sufferPresetFault(session, 'network.list', undefined, signal);
  const world = await session.store.read(signal);
  return { networks: world.networks.map(network => presentNetwork(world, network)) };
};

export const create: Operation<Session, 'network.create'> = async (session, input, { signal }) => {
  await sufferPresetFault(session, 'network.create', undefined, signal);
  return { network: await session.store.change(world => add(world, input), signal) };
};

export const planCreate: Planner<Session, 'network.create'> = (session, input, { signal }) => {
  const { name, kind } = input;
  const summary = `Make the network "${name}".`;
  return planChange(session, signal, { summary, body: { network: name, kind }, apply: world => add(world, input) });
};

export const remove: Operation<Session, 'network.delete'> = async (session, input, { signal }) => {
  await sufferPresetFault(session, 'network.delete', undefined, signal);
  return { deleted: await session.store.change(world => takeAway(world, input), signal) };
};

export const planRemove: Planner<Session, 'network.delete'> = (session, input, { signal }) => {
  const { network } = input;
  const summary = `Delete the network "${network}".`;
  return planChange(session, signal, { summary, body: { delete: network }, apply: world => takeAway(world, input) });
};

function add(world: World, { name, kind }: ToolInput<'network.create'>): Network {
  if (world.networks.some(other => other.name === name)) {
    throw new Fault('conflict', `There is a network "${name}" already.`, {
      remedy: 'Choose another name.',
      data: { field: 'name', existing: idOf(name) },
    });
  }
  world.networks.push({ name, kind });
  return presentNetwork(world, { name, kind });
}

function takeAway(world: World, { network }: ToolInput<'network.delete'>): string {
  const { id, machines, name } = presentNetwork(world, findNetwork(world, network));
  if (machines.length > 0) {
    throw new Fault('conflict', `${machines.length} machines are attached to the network "${name}".`, {
      remedy: 'Delete them first; "machines" names them.',
      data: { field: 'network', machines },
    });
  }
  world.networks = world.networks.filter(other => other.name !== name);
  return id;
}
