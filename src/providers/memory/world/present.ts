import type { Checkpoint } from '../../../model/checkpoint.ts';
import type { Machine, MachineState } from '../../../model/machine.ts';
import type { Network } from '../../../model/network.ts';
import { idOf } from './find.ts';
import type { Activity, World, WorldMachine, WorldNetwork } from './world.ts';

const ownWords = { running: 'running', stopped: 'off', paused: 'paused', saved: 'saved', failed: 'failed' } as const;
const activityWords: Readonly<Record<Activity['kind'], string>> = {
  create: 'creating',
  start: 'starting',
  stop: 'stopping',
  pause: 'pausing',
  resume: 'resuming',
  checkpoint: 'creating checkpoint',
  restore: 'restoring checkpoint',
  merge: 'merging checkpoint',
  delete: 'deleting',
};

/** What a machine is busy with, in words, or its state. */
export function nativeState({ state, activity }: WorldMachine): string {
  return activity === undefined ? ownWords[state] : activityWords[activity.kind];
}

export function presentMachine(machine: WorldMachine): Machine {
  const { name, cpus, memoryBytes, networks, startedAt, tags, identity, uuid } = machine;
  return {
    id: idOf(name),
    provider: 'memory',
    host: 'local',
    name,
    kind: 'vm',
    state: presentState(machine),
    nativeState: nativeState(machine),
    cpus,
    memoryBytes,
    networks: [...networks],
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(tags === undefined ? {} : { tags }),
    ...(identity === undefined ? {} : { identity }),
    ...(uuid === undefined ? {} : { uuid }),
  };
}

export function presentCheckpoints(machine: WorldMachine): Checkpoint[] {
  return machine.checkpoints.map(({ id, name, createdAt, parent, memory }) => ({
    id,
    name,
    createdAt,
    ...(parent === undefined ? {} : { parent }),
    current: id === machine.current,
    memory,
  }));
}

export function presentNetwork(world: World, { name, kind }: WorldNetwork): Network {
  const attached = world.machines.filter(machine => machine.networks.includes(name));
  return {
    id: idOf(name),
    provider: 'memory',
    host: 'local',
    name,
    kind,
    machines: attached.map(machine => idOf(machine.name)),
  };
}

function presentState({ state, activity }: WorldMachine): MachineState {
  if (activity?.kind === 'start') return 'starting';
  return activity?.kind === 'stop' ? 'stopping' : state;
}
