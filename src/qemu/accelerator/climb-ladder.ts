import { setTimeout as wait } from 'node:timers/promises';
import type { Engine } from '../engine.ts';
import { identifyRung, type Rung } from './accelerator-ladder.ts';
import { HardwareClock } from './hardware-clock.ts';
import { isSetupCause } from './trial-failure.ts';
import { type DetailedTrial, type TrialClock, tryRung } from './try-rung.ts';

export interface ClimbOptions {
  /** Trials that need not be repeated, by rung. */
  readonly known: ReadonlyMap<string, DetailedTrial>;
  /** Holds the folders of trials while they last. */
  readonly folder: string;
  /** Tried only to hold a late rung against, where the list itself has none that could serve. */
  readonly yardstick?: Rung | undefined;
  readonly signal: AbortSignal;
}

interface Climber {
  readonly result: Promise<DetailedTrial>;
  readonly stop: () => void;
  /** Resolves when it has taken longer than working hardware does. */
  readonly late: Promise<void>;
  outcome: DetailedTrial | undefined;
}

/** The time after which the next rung is tried alongside, in milliseconds. */
const lateAfter = 400;
/** Emulation is slow by nature, and slower on a busy host; there is nothing below it to fall back on. */
const emulationLimit = 30_000;

/**
 * Tries rungs from the first on until one works; returns how those fared that count, the usable one last. A rung that is
 * late is not waited for: the next one starts alongside, so that a crawling one costs its limit and no more. The first
 * of the list that works wins all the same.
 */
export async function climbLadder(
  engine: Engine,
  rungs: readonly Rung[],
  options: ClimbOptions,
): Promise<DetailedTrial[]> {
  const clock = new HardwareClock();
  const climbers: Climber[] = [];
  const helpers: Climber[] = [];
  const isAlone = () => climbers.every(({ outcome }) => outcome !== undefined);
  try {
    for (const rung of rungs) {
      if (climbers.some(({ outcome }) => outcome && rulesOut(outcome, rung))) continue;
      const climber = start(engine, rung, { ...options, clock, isAlone: isAlone() });
      climbers.push(climber);
      await Promise.race([climber.result, climber.late]);
      if (climber.outcome?.usable) break;
    }
    if (options.yardstick && !isAlone()) {
      helpers.push(start(engine, options.yardstick, { ...options, clock, isAlone: false }));
    }
    const overtake = () => clock.overtake();
    [...climbers, ...helpers].at(-1)?.result.then(overtake, overtake);
    return await settle(climbers);
  } finally {
    for (const { stop } of [...climbers, ...helpers]) stop();
    await Promise.allSettled([...climbers, ...helpers].map(({ result }) => result));
  }
}

function rulesOut({ accelerator, cause, usable }: DetailedTrial, rung: Rung): boolean {
  return !usable && accelerator === rung.accelerator && isSetupCause(cause);
}

async function settle(climbers: readonly Climber[]): Promise<DetailedTrial[]> {
  const trials: DetailedTrial[] = [];
  for (const { result } of climbers) {
    const trial = await result;
    trials.push(trial);
    if (trial.usable) break;
  }
  return trials;
}

interface StartOptions extends ClimbOptions {
  readonly clock: HardwareClock;
  /** No other rung is being tried now. */
  readonly isAlone: boolean;
}

function start(engine: Engine, rung: Rung, { known, folder, signal, clock, isAlone }: StartOptions): Climber {
  const controller = new AbortController();
  const isLoaded = Promise.withResolvers<void>();
  const base = rung.accelerator === 'tcg' ? emulationClock : clock;
  const ownClock: TrialClock = {
    isOver: base.isOver,
    loaded: at => {
      base.loaded(at);
      isLoaded.resolve();
    },
  };
  // What is remembered of another hour says nothing of how busy the host is now: a late rung is held against a fresh one.
  const remembered = isAlone ? known.get(identifyRung(rung)) : undefined;
  const either = AbortSignal.any([signal, controller.signal]);
  const result = remembered
    ? Promise.resolve(remembered)
    : tryRung(engine, rung, { parentFolder: folder, clock: ownClock, signal: either });
  const climber: Climber = {
    result,
    stop: () => controller.abort(),
    late: isLoaded.promise.then(() => wait(lateAfter, undefined, { ref: false })),
    outcome: undefined,
  };
  result.then(
    trial => {
      climber.outcome = trial;
    },
    () => {},
  );
  return climber;
}

const emulationClock: TrialClock = {
  loaded: () => {},
  isOver: loadedAt => performance.now() - loadedAt > emulationLimit,
};
