import type { ToolInput } from '../../catalog/types.ts';
import { Fault } from '../../errors/fault.ts';
import { quoteWord } from '../../errors/quote-word.ts';
import type { Checkpoint } from '../../model/checkpoint.ts';
import type { Machine } from '../../model/machine.ts';
import type { Operation, Planner } from '../define-provider.ts';
import { findIdleMachine, perform, type Work } from './pretend/perform.ts';
import { planWork } from './pretend/plan-work.ts';
import { sufferPresetFault, takePresetFault } from './pretend/preset-faults.ts';
import type { MemorySession } from './session.ts';
import { findCheckpoint, findMachine } from './world/find.ts';
import { presentCheckpoints, presentMachine } from './world/present.ts';
import type { WorldMachine } from './world/world.ts';

type Session = MemorySession;

export const list: Operation<Session, 'vm.checkpoint.list'> = async (session, { vm }, { signal }) => {
  const { name } = findMachine(await session.store.read(signal), vm);
  await sufferPresetFault(session, 'vm.checkpoint.list', name, signal);
  return { checkpoints: presentCheckpoints(findMachine(await session.store.read(signal), vm)) };
};

export const create: Operation<Session, 'vm.checkpoint.create'> = async (session, input, call) => {
  const before = findMachine(await session.store.read(call.signal), input.vm);
  const preset = await takePresetFault(session, 'vm.checkpoint.create', before.name, call.signal);
  const checkpoint = await perform(session, call, { ...creation(input, before), preset });
  if (checkpoint === undefined) throw new Fault('failed', `The checkpoint of "${before.name}" was not kept.`);
  return { checkpoint };
};

export const planCreate: Planner<Session, 'vm.checkpoint.create'> = async (session, input, { signal }) =>
  planWork(session, signal, [creation(input, findMachine(await session.store.read(signal), input.vm))]);

function creation(
  { vm, name, disksOnly }: ToolInput<'vm.checkpoint.create'>,
  before: WorldMachine,
): Work<Checkpoint | undefined> {
  const memory = hasMemory(before) && !disksOnly;
  return {
    what: 'Creating the checkpoint',
    kind: 'checkpoint',
    seconds: memory ? 4 : 1.5,
    steps: [...(memory ? ['saving memory', 'saving devices'] : []), 'freezing disks', 'configuration'],
    begin: world => findIdleMachine(world, vm),
    finish: machine => {
      const createdAt = new Date().toISOString();
      machine.checkpointsMade += 1;
      const id = `c${machine.checkpointsMade}`;
      machine.checkpoints.push({
        id,
        name: name ?? createdAt,
        createdAt,
        ...(machine.current === undefined ? {} : { parent: machine.current }),
        memory,
      });
      machine.current = id;
      return presentCheckpoints(machine).find(made => made.id === id);
    },
  };
}

export const restore: Operation<Session, 'vm.checkpoint.restore'> = async (session, input, call) => {
  const before = findMachine(await session.store.read(call.signal), input.vm);
  const preset = await takePresetFault(session, 'vm.checkpoint.restore', before.name, call.signal);
  return { machine: await perform(session, call, { ...restoring(input), preset }) };
};

export const planRestore: Planner<Session, 'vm.checkpoint.restore'> = (session, input, { signal }) =>
  planWork(session, signal, [restoring(input)]);

function restoring({ vm, checkpoint }: ToolInput<'vm.checkpoint.restore'>): Work<Machine> {
  return {
    what: 'Restoring the checkpoint',
    kind: 'restore',
    seconds: 3,
    steps: ['disks', 'memory', 'devices'],
    begin: world => {
      const found = findIdleMachine(world, vm);
      const { memory, name } = findCheckpoint(found, checkpoint);
      if (memory || !hasMemory(found)) return found;
      throw new Fault('conflict', `"${found.name}" is ${found.state}, and its checkpoint "${name}" holds no memory.`, {
        remedy: `Stop it first: vmbridge call vm.stop --vm ${quoteWord(vm)}`,
        data: { field: 'vm', state: found.state },
      });
    },
    finish: found => {
      const { id, memory } = findCheckpoint(found, checkpoint);
      found.current = id;
      found.state = memory ? 'running' : 'stopped';
      if (memory) found.startedAt ??= new Date().toISOString();
      else delete found.startedAt;
      return presentMachine(found);
    },
  };
}

export const remove: Operation<Session, 'vm.checkpoint.delete'> = async (session, input, call) => {
  const before = findMachine(await session.store.read(call.signal), input.vm);
  const preset = await takePresetFault(session, 'vm.checkpoint.delete', before.name, call.signal);
  return { deleted: await perform(session, call, { ...deletion(input), preset }) };
};

export const planRemove: Planner<Session, 'vm.checkpoint.delete'> = (session, input, { signal }) =>
  planWork(session, signal, [deletion(input)]);

function deletion({ vm, checkpoint }: ToolInput<'vm.checkpoint.delete'>): Work<string> {
  return {
    what: 'Deleting the checkpoint',
    kind: 'merge',
    seconds: 2,
    steps: ['merging disks', 'configuration'],
    begin: world => {
      const found = findIdleMachine(world, vm);
      findCheckpoint(found, checkpoint);
      return found;
    },
    finish: machine => {
      const { id, parent } = findCheckpoint(machine, checkpoint);
      machine.checkpoints = machine.checkpoints
        .filter(other => other.id !== id)
        .map(other => (other.parent === id ? withParent(other, parent) : other));
      if (machine.current === id) setCurrent(machine, parent);
      return id;
    },
  };
}

function hasMemory({ state }: WorldMachine): boolean {
  return state === 'running' || state === 'paused';
}

function withParent(checkpoint: WorldMachine['checkpoints'][number], parent: string | undefined) {
  const { parent: _, ...rest } = checkpoint;
  return parent === undefined ? rest : { ...rest, parent };
}

function setCurrent(machine: WorldMachine, id: string | undefined): void {
  if (id === undefined) delete machine.current;
  else machine.current = id;
}
