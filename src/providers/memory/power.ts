import { Fault } from '../../errors/fault.ts';
import type { CallContext } from '../../model/call.ts';
import type { Machine } from '../../model/machine.ts';
import type { PlanStep } from '../../model/plan.ts';
import type { Operation, Planner } from '../define-provider.ts';
import { findIdleMachine, perform, type Work } from './pretend/perform.ts';
import { planWork } from './pretend/plan-work.ts';
import { takePresetFault } from './pretend/preset-faults.ts';
import type { MemorySession } from './session.ts';
import { findMachine } from './world/find.ts';
import { presentMachine } from './world/present.ts';
import type { WorldMachine } from './world/world.ts';

type Session = MemorySession;

/** How long a guest that ignores it is asked to shut down before a restart resets it, in seconds. */
const restartPatience = 60;
const offStates = ['stopped', 'saved', 'failed'] as const;

export const start: Operation<Session, 'vm.start'> = async (session, { vm }, call) => {
  const preset = await presetFor(session, 'vm.start', vm, call);
  const already = await inState(session, vm, ['running'], call);
  if (already !== undefined && preset === undefined) return { machine: already };
  return { machine: await perform(session, call, { ...poweringOn(vm), preset }) };
};

export const planStart: Planner<Session, 'vm.start'> = async (session, { vm }, call) =>
  (await inState(session, vm, ['running'], call)) === undefined ? planWork(session, call.signal, [poweringOn(vm)]) : [];

export const stop: Operation<Session, 'vm.stop'> = async (session, input, call) => {
  const { vm } = input;
  const preset = await presetFor(session, 'vm.stop', vm, call);
  const already = await inState(session, vm, offStates, call);
  if (already !== undefined && preset === undefined) return { machine: already, method: 'already' };
  const { cut, work } = await poweringOff(session, input, call);
  return { machine: await perform(session, call, { ...work, preset }), method: cut ? 'kill' : 'guest' };
};

export const planStop: Planner<Session, 'vm.stop'> = async (session, input, call) => {
  if ((await inState(session, input.vm, offStates, call)) !== undefined) return [];
  return planWork(session, call.signal, [(await poweringOff(session, input, call)).work]);
};

export const restart: Operation<Session, 'vm.restart'> = async (session, { vm, force }, call) => {
  const preset = await presetFor(session, 'vm.restart', vm, call);
  const { off, on } = await restarting(session, vm, force, call);
  await perform(session, call, { ...off, preset });
  return { machine: await perform(session, call, on) };
};

export const planRestart: Planner<Session, 'vm.restart'> = async (session, { vm, force }, call) => {
  const { off, on } = await restarting(session, vm, force, call);
  return planWork(session, call.signal, [off, on]);
};

async function restarting(session: Session, vm: string, force: boolean, call: CallContext) {
  const { state, name } = findIdleMachine(await session.store.read(call.signal), vm);
  if (state !== 'running') {
    throw new Fault('conflict', `The machine "${name}" is ${state}; only a running one can be restarted.`, {
      remedy: 'Start it with vm.start.',
      data: { field: 'vm', state },
    });
  }
  const { work } = await poweringOff(session, { vm, force, timeoutSeconds: restartPatience }, call);
  return { off: { ...work, share: [0, 0.5] as const }, on: { ...poweringOn(vm), share: [0.5, 1] as const } };
}

export const pause: Operation<Session, 'vm.pause'> = async (session, { vm }, call) => ({
  machine: await setPaused(session, vm, call, 'vm.pause'),
});

export const planPause: Planner<Session, 'vm.pause'> = (session, { vm }, call) =>
  planPausing(session, vm, call, 'vm.pause');

export const resume: Operation<Session, 'vm.resume'> = async (session, { vm }, call) => ({
  machine: await setPaused(session, vm, call, 'vm.resume'),
});

export const planResume: Planner<Session, 'vm.resume'> = (session, { vm }, call) =>
  planPausing(session, vm, call, 'vm.resume');

function poweringOn(vm: string): Work<Machine> {
  return {
    what: 'Starting the machine',
    kind: 'start',
    seconds: 6,
    steps: ['power on', 'firmware', 'boot loader', 'kernel', 'services'],
    begin: world => {
      const machine = findIdleMachine(world, vm);
      if (machine.state === 'running') throw new Fault('conflict', `The machine "${machine.name}" runs already.`);
      if (machine.state !== 'paused') return machine;
      throw new Fault('conflict', `The machine "${machine.name}" is paused.`, {
        remedy: 'Let it go on with vm.resume.',
        data: { field: 'vm', state: machine.state },
      });
    },
    finish: machine => {
      machine.state = 'running';
      machine.startedAt = new Date().toISOString();
      return presentMachine(machine);
    },
  };
}

interface PowerOff {
  readonly vm: string;
  readonly force: boolean;
  readonly timeoutSeconds: number;
}

/** A frozen guest hears nothing: its power is cut at once. One that takes longer than it may loses it then. */
async function poweringOff(
  session: Session,
  { vm, force, timeoutSeconds }: PowerOff,
  call: CallContext,
): Promise<{ cut: boolean; work: Work<Machine> }> {
  const { state, ignoresShutdown } = findMachine(await session.store.read(call.signal), vm);
  const guestSeconds = ignoresShutdown ? Number.POSITIVE_INFINITY : 4;
  const cut = force || state === 'paused' || guestSeconds > timeoutSeconds;
  const asked = force || state === 'paused' ? 0 : Math.min(guestSeconds, timeoutSeconds);
  const work: Work<Machine> = {
    what: 'Stopping the machine',
    kind: 'stop',
    seconds: asked + (cut ? 0.2 : 0),
    steps: [
      ...(asked > 0 ? ['guest asked to shut down', 'guest is shutting down', 'waiting for the guest'] : []),
      cut ? 'power cut' : 'power off',
    ],
    begin: world => {
      const found = findIdleMachine(world, vm);
      if (found.state === 'running' || found.state === 'paused') return found;
      throw new Fault('conflict', `The machine "${found.name}" is not running.`, { data: { state: found.state } });
    },
    finish: found => {
      found.state = 'stopped';
      delete found.startedAt;
      return presentMachine(found);
    },
  };
  return { cut, work };
}

type PauseTool = 'vm.pause' | 'vm.resume';

const pausedStates = { 'vm.pause': ['running', 'paused'], 'vm.resume': ['paused', 'running'] } as const;

async function setPaused(session: Session, vm: string, call: CallContext, tool: PauseTool): Promise<Machine> {
  const preset = await presetFor(session, tool, vm, call);
  const already = await inState(session, vm, [pausedStates[tool][1]], call);
  if (already !== undefined && preset === undefined) return already;
  return perform(session, call, { ...pausing(vm, tool), preset });
}

async function planPausing(session: Session, vm: string, call: CallContext, tool: PauseTool): Promise<PlanStep[]> {
  if ((await inState(session, vm, [pausedStates[tool][1]], call)) !== undefined) return [];
  return planWork(session, call.signal, [pausing(vm, tool)]);
}

function pausing(vm: string, tool: PauseTool): Work<Machine> {
  const [from, to] = pausedStates[tool];
  return {
    what: tool === 'vm.pause' ? 'Pausing the machine' : 'Resuming the machine',
    kind: tool === 'vm.pause' ? 'pause' : 'resume',
    seconds: 0.3,
    steps: [tool === 'vm.pause' ? 'freezing' : 'thawing'],
    begin: world => {
      const machine = findIdleMachine(world, vm);
      if (machine.state === from) return machine;
      throw new Fault('conflict', `The machine "${machine.name}" is ${machine.state}, not ${from}.`, {
        data: { field: 'vm', state: machine.state },
      });
    },
    finish: machine => {
      machine.state = to;
      return presentMachine(machine);
    },
  };
}

/** The machine when it idles in one of the states, so that there is nothing to do. */
async function inState(session: Session, vm: string, states: readonly WorldMachine['state'][], call: CallContext) {
  const machine = findIdleMachine(await session.store.read(call.signal), vm);
  return states.includes(machine.state) ? presentMachine(machine) : undefined;
}

async function presetFor(session: Session, tool: string, vm: string, { signal }: CallContext) {
  const { name } = findMachine(await session.store.read(signal), vm);
  return takePresetFault(session, tool, name, signal);
}
