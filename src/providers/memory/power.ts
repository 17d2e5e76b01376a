import { Fault } from '../../errors/fault.ts';
import type { CallContext } from '../../model/call.ts';
import type { Machine } from '../../model/machine.ts';
import type { Operation } from '../define-provider.ts';
import { findIdleMachine, perform } from './pretend/perform.ts';
import { takePresetFault } from './pretend/preset-faults.ts';
import type { MemorySession } from './session.ts';
import type { PresetFault } from './settings.ts';
import { findMachine } from './world/find.ts';
import { presentMachine } from './world/present.ts';
import type { WorldMachine } from './world/world.ts';

type Session = MemorySession;

/** How long a guest that ignores it is asked to shut down before a restart resets it, in seconds. */
const restartPatience = 60;

export const start: Operation<Session, 'vm.start'> = async (session, { vm }, call) => {
  const preset = await presetFor(session, 'vm.start', vm, call);
  const already = await inState(session, vm, ['running'], call);
  if (already !== undefined && preset === undefined) return { machine: already };
  return { machine: await powerOn(session, vm, call, { preset }) };
};

export const stop: Operation<Session, 'vm.stop'> = async (session, input, call) => {
  const { vm, force, timeoutSeconds } = input;
  const preset = await presetFor(session, 'vm.stop', vm, call);
  const already = await inState(session, vm, ['stopped', 'saved', 'failed'], call);
  if (already !== undefined && preset === undefined) return { machine: already, method: 'already' };
  return powerOff(session, vm, call, { force, timeoutSeconds, preset });
};

export const restart: Operation<Session, 'vm.restart'> = async (session, { vm, force }, call) => {
  const preset = await presetFor(session, 'vm.restart', vm, call);
  const { state, name } = findIdleMachine(await session.store.read(call.signal), vm);
  if (state !== 'running') {
    throw new Fault('conflict', `The machine "${name}" is ${state}; only a running one can be restarted.`, {
      remedy: 'Start it with vm.start.',
      data: { field: 'vm', state },
    });
  }
  await powerOff(session, vm, call, { force, timeoutSeconds: restartPatience, preset, share: [0, 0.5] });
  return { machine: await powerOn(session, vm, call, { share: [0.5, 1] }) };
};

export const pause: Operation<Session, 'vm.pause'> = async (session, { vm }, call) => ({
  machine: await setPaused(session, vm, call, 'vm.pause'),
});

export const resume: Operation<Session, 'vm.resume'> = async (session, { vm }, call) => ({
  machine: await setPaused(session, vm, call, 'vm.resume'),
});

interface Details {
  readonly preset?: PresetFault | undefined;
  readonly share?: readonly [number, number];
}

function powerOn(session: Session, vm: string, call: CallContext, details: Details): Promise<Machine> {
  return perform(session, call, {
    what: 'Starting the machine',
    kind: 'start',
    seconds: 6,
    steps: ['power on', 'firmware', 'boot loader', 'kernel', 'services'],
    ...details,
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
  });
}

interface PowerOffDetails extends Details {
  readonly force: boolean;
  readonly timeoutSeconds: number;
}

/** A frozen guest hears nothing: its power is cut at once. One that takes longer than it may loses it then. */
async function powerOff(session: Session, vm: string, call: CallContext, details: PowerOffDetails) {
  const { force, timeoutSeconds, ...rest } = details;
  const { state, ignoresShutdown } = findMachine(await session.store.read(call.signal), vm);
  const guestSeconds = ignoresShutdown ? Number.POSITIVE_INFINITY : 4;
  const cut = force || state === 'paused' || guestSeconds > timeoutSeconds;
  const asked = force || state === 'paused' ? 0 : Math.min(guestSeconds, timeoutSeconds);
  const machine = await perform(session, call, {
    what: 'Stopping the machine',
    kind: 'stop',
    seconds: asked + (cut ? 0.2 : 0),
    steps: [
      ...(asked > 0 ? ['guest asked to shut down', 'guest is shutting down', 'waiting for the guest'] : []),
      cut ? 'power cut' : 'power off',
    ],
    ...rest,
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
  });
  return { machine, method: cut ? ('kill' as const) : ('guest' as const) };
}

async function setPaused(session: Session, vm: string, call: CallContext, tool: 'vm.pause' | 'vm.resume') {
  const [from, to] = tool === 'vm.pause' ? (['running', 'paused'] as const) : (['paused', 'running'] as const);
  const preset = await presetFor(session, tool, vm, call);
  const already = await inState(session, vm, [to], call);
  if (already !== undefined && preset === undefined) return already;
  return perform(session, call, {
    what: tool === 'vm.pause' ? 'Pausing the machine' : 'Resuming the machine',
    kind: tool === 'vm.pause' ? 'pause' : 'resume',
    seconds: 0.3,
    steps: [tool === 'vm.pause' ? 'freezing' : 'thawing'],
    preset,
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
  });
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
