import { Fault } from '../../errors/fault.ts';
import type { Operation } from '../define-provider.ts';
import { sufferPresetFault } from './pretend/preset-faults.ts';
import type { MemorySession } from './session.ts';
import { findNetwork, idOf } from './world/find.ts';
import { presentNetwork } from './world/present.ts';

type Session = MemorySession;

export const list: Operation<Session, 'network.list'> = async (session, _input, { signal }) => {
  await sufferPresetFault(session, 'network.list', undefined, signal);
  const world = await session.store.read(signal);
  return { networks: world.networks.map(network => presentNetwork(world, network)) };
};

export const create: Operation<Session, 'network.create'> = async (session, { name, kind }, { signal }) => {
  await sufferPresetFault(session, 'network.create', undefined, signal);
  const network = await session.store.change(world => {
    if (world.networks.some(other => other.name === name)) {
      throw new Fault('conflict', `There is a network "${name}" already.`, {
        remedy: 'Choose another name.',
        data: { field: 'name', existing: idOf(name) },
      });
    }
    world.networks.push({ name, kind });
    return presentNetwork(world, { name, kind });
  }, signal);
  return { network };
};

export const remove: Operation<Session, 'network.delete'> = async (session, { network }, { signal }) => {
  await sufferPresetFault(session, 'network.delete', undefined, signal);
  const deleted = await session.store.change(world => {
    const { id, machines, name } = presentNetwork(world, findNetwork(world, network));
    if (machines.length > 0) {
      throw new Fault('conflict', `${machines.length} machines are attached to the network "${name}".`, {
        remedy: 'Delete them first; "machines" names them.',
        data: { field: 'network', machines },
      });
    }
    world.networks = world.networks.filter(other => other.name !== name);
    return id;
  }, signal);
  return { deleted };
};
