import { Fault } from '../../../errors/fault.ts';
import type { World, WorldCheckpoint, WorldMachine, WorldNetwork } from './world.ts';

const prefix = 'memory:local/';

/** Names never change, so that they can be ids. */
export function idOf(name: string): string {
  return `${prefix}${name}`;
}

/** A machine that is only being created can not be found yet. */
export function findMachine(world: World, id: string): WorldMachine {
  const found = world.machines.find(machine => idOf(machine.name) === id && machine.activity?.kind !== 'create');
  if (found !== undefined) return found;
  throw new Fault('not_found', `There is no machine "${id}".`, {
    remedy: 'See vm.list for the machines there are.',
    data: { field: 'vm', candidates: world.machines.slice(0, 10).map(machine => idOf(machine.name)) },
  });
}

/** By id or, where only one has it, by name. */
export function findCheckpoint(machine: WorldMachine, reference: string): WorldCheckpoint {
  const byId = machine.checkpoints.find(checkpoint => checkpoint.id === reference);
  if (byId !== undefined) return byId;
  const [first, ...others] = machine.checkpoints.filter(checkpoint => checkpoint.name === reference);
  if (first === undefined) {
    throw new Fault('not_found', `The machine "${machine.name}" has no checkpoint "${reference}".`, {
      remedy: 'See vm.checkpoint.list for those it has.',
      data: { field: 'checkpoint', candidates: machine.checkpoints.slice(0, 10).map(({ id }) => id) },
    });
  }
  if (others.length === 0) return first;
  const candidates = [first, ...others].map(({ id }) => id);
  throw new Fault('ambiguous', `${candidates.length} checkpoints of "${machine.name}" have the name "${reference}".`, {
    remedy: `Use an id: ${candidates.join(', ')}.`,
    data: { field: 'checkpoint', candidates },
  });
}

/** By name or id. */
export function findNetwork(world: World, reference: string): WorldNetwork {
  const found = world.networks.find(({ name }) => name === reference || idOf(name) === reference);
  if (found !== undefined) return found;
  throw new Fault('not_found', `There is no network "${reference}".`, {
    remedy: 'See network.list for those there are.',
    data: { field: 'network', candidates: world.networks.slice(0, 10).map(({ name }) => name) },
  });
}
