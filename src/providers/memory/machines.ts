import type { ToolInput } from '../../catalog/types.ts';
import { Fault } from '../../errors/fault.ts';
import { quoteWord } from '../../errors/quote-word.ts';
import type { Machine } from '../../model/machine.ts';
import type { Operation, Planner } from '../define-provider.ts';
import { findIdleMachine, perform, type Work } from './pretend/perform.ts';
import { planWork } from './pretend/plan-work.ts';
import { sufferPresetFault, takePresetFault } from './pretend/preset-faults.ts';
import type { MemorySession } from './session.ts';
import { findMachine, findNetwork, idOf } from './world/find.ts';
import { presentMachine } from './world/present.ts';
import type { WorldMachine } from './world/world.ts';

type Session = MemorySession;

/** Filters are the inventory's; only the page is asked of a provider. */
export const list: Operation<Session, 'vm.list'> = async (session, { limit, offset }, { signal }) => {
  await sufferPresetFault(session, 'vm.list', undefined, signal);
  const { machines } = await session.store.read(signal);
  const present = machines.filter(machine => machine.activity?.kind !== 'create');
  const page = present.slice(offset, offset + limit).map(presentMachine);
  return { machines: page, total: present.length, missing: [] };
};

export const get: Operation<Session, 'vm.get'> = async (session, { vm }, { signal }) => {
  const { name } = findMachine(await session.store.read(signal), vm);
  await sufferPresetFault(session, 'vm.get', name, signal);
  return { machine: presentMachine(findMachine(await session.store.read(signal), vm)) };
};

export const create: Operation<Session, 'vm.create'> = async (session, input, call) => {
  const preset = await takePresetFault(session, 'vm.create', input.name, call.signal);
  return { machine: await perform(session, call, { ...creation(input), preset }) };
};

export const planCreate: Planner<Session, 'vm.create'> = (session, input, { signal }) =>
  planWork(session, signal, [creation(input)]);

function creation({ name, cpus, memoryBytes, network }: ToolInput<'vm.create'>): Work<Machine> {
  return {
    what: 'Creating the machine',
    kind: 'create',
    seconds: 2,
    steps: ['disk', 'configuration'],
    begin: world => {
      if (world.machines.some(other => other.name === name)) {
        throw new Fault('conflict', `There is a machine "${name}" already.`, {
          remedy: 'Choose another name.',
          data: { field: 'name', existing: idOf(name) },
        });
      }
      const created: WorldMachine = {
        name,
        state: 'stopped',
        cpus,
        memoryBytes,
        networks: network === undefined ? [] : [findNetwork(world, network).name],
        ignoresShutdown: false,
        checkpoints: [],
        checkpointsMade: 0,
      };
      world.machines.push(created);
      return created;
    },
    finish: presentMachine,
  };
}

export const remove: Operation<Session, 'vm.delete'> = async (session, { vm }, call) => {
  const { name } = findMachine(await session.store.read(call.signal), vm);
  const preset = await takePresetFault(session, 'vm.delete', name, call.signal);
  return { deleted: await perform(session, call, { ...deletion(vm), preset }) };
};

export const planRemove: Planner<Session, 'vm.delete'> = (session, { vm }, { signal }) =>
  planWork(session, signal, [deletion(vm)]);

function deletion(vm: string): Work<string> {
  return {
    what: 'Deleting the machine',
    kind: 'delete',
    seconds: 1,
    steps: ['disks', 'configuration'],
    begin: world => {
      const machine = findIdleMachine(world, vm);
      if (machine.state !== 'running' && machine.state !== 'paused') return machine;
      throw new Fault(
        'conflict',
        `The machine "${machine.name}" is ${machine.state}; only a stopped one can be deleted.`,
        {
          remedy: `Stop it first: vmbridge call vm.stop --vm ${quoteWord(vm)}`,
          data: { field: 'vm', state: machine.state },
        },
      );
    },
    finish: (machine, world) => {
      world.machines = world.machines.filter(other => other !== machine);
      return vm;
    },
  };
}
