import { randomUUID } from 'node:crypto';
import { Fault } from '../../../errors/fault.ts';
import { identifySelf } from '../../../host/identify-self.ts';
import type { CallContext } from '../../../model/call.ts';
import type { MemorySession } from '../session.ts';
import type { PresetFault } from '../settings.ts';
import { findMachine } from '../world/find.ts';
import { nativeState } from '../world/present.ts';
import type { Activity, World, WorldMachine } from '../world/world.ts';
import { suffer } from './preset-faults.ts';
import { wait } from './wait.ts';

/** One piece of work on a machine that takes its time. */
export interface Work<Result> {
  readonly what: string;
  readonly kind: Activity['kind'];
  /** Time that it takes at speed 1. */
  readonly seconds: number;
  /** What is told along the way, spread evenly. */
  readonly steps: readonly string[];
  /** The part of the call's progress that this work is; all of it unless said. */
  readonly share?: readonly [from: number, to: number];
  readonly preset?: PresetFault | undefined;
  /** Finds the machine and throws when the work cannot be done now. */
  begin(world: World): WorldMachine;
  /** What is so once the time is over. */
  finish(machine: WorldMachine, world: World): Result;
}

/**
 * Marks the machine as busy, lets the time pass, and makes the change. When it is cancelled or fails in between, the
 * machine stands where it stood before.
 */
export async function perform<Result>(session: MemorySession, call: CallContext, work: Work<Result>): Promise<Result> {
  const id = randomUUID();
  const owner = await identifySelf();
  const { store } = session;
  await store.change(world => {
    const machine = work.begin(world);
    machine.activity = { kind: work.kind, id, owner };
  }, call.signal);
  try {
    await passTime(session, call, work);
    return await store.change(world => {
      const machine = takeBack(world, id);
      if (machine === undefined) throw new Fault('conflict', `${work.what} was overtaken: the machine is gone.`);
      return work.finish(machine, world);
    }, call.signal);
  } catch (error) {
    // Without the signal: the mark has to go, above all when the call was cancelled.
    await store.change(world => {
      const machine = takeBack(world, id);
      if (machine === undefined) return;
      if (work.kind === 'create') world.machines = world.machines.filter(other => other !== machine);
      else if (work.preset?.leavesFailed && !call.signal.aborted) fail(machine);
    });
    throw error;
  }
}

/** The machine, unless something is going on with it. */
export function findIdleMachine(world: World, id: string): WorldMachine {
  const machine = findMachine(world, id);
  if (machine.activity === undefined) return machine;
  throw new Fault('conflict', `The machine "${machine.name}" is busy: ${nativeState(machine)}.`, {
    remedy: 'Wait until vm.get shows another state, or cancel that operation; then try again.',
    data: { field: 'vm', nativeState: nativeState(machine) },
  });
}

async function passTime<Result>(session: MemorySession, call: CallContext, work: Work<Result>): Promise<void> {
  const { what, steps, preset } = work;
  const [from, to] = work.share ?? [0, 1];
  const pause = work.seconds / session.settings.speed / steps.length;
  const bad = preset === undefined ? -1 : Math.min(Math.floor(preset.at * steps.length), steps.length - 1);
  for (const [index, message] of steps.entries()) {
    call.progress({ fraction: from + ((to - from) * index) / steps.length, message });
    if (index === bad && preset !== undefined) await suffer(preset, what, call.signal);
    await wait(pause, what, call.signal);
  }
}

function takeBack(world: World, activityId: string): WorldMachine | undefined {
  const machine = world.machines.find(({ activity }) => activity?.id === activityId);
  delete machine?.activity;
  return machine;
}

function fail(machine: WorldMachine): void {
  machine.state = 'failed';
  delete machine.startedAt;
}
