import { tmpdir } from 'node:os';
import { Fault } from '../errors/fault.ts';
import { sweepRunFolders } from '../host/run-folder.ts';
import { SharedWork } from '../host/shared-work.ts';
import { completeRung, identifyRung, listRungs, listRungsOf, type Rung } from './accelerator/accelerator-ladder.ts';
import { climbLadder } from './accelerator/climb-ladder.ts';
import { type Conflict, describeChoice, describeFailure } from './accelerator/describe-choice.ts';
import { failedLater, TrialCache } from './accelerator/trial-cache.ts';
import type { DetailedTrial } from './accelerator/try-rung.ts';
import { asHostFault } from './as-host-fault.ts';
import type { Accelerator, Engine, RequestedAccelerator } from './engine.ts';

/** How one rung of the ladder fared. */
export interface AcceleratorTrial {
  readonly accelerator: Accelerator;
  /** The processor model that it was tried with. */
  readonly cpu?: string | undefined;
  readonly usable: boolean;
  readonly reason: string;
  readonly milliseconds: number;
}

export interface AcceleratorChoice extends Rung {
  /** What was tried, in order; remembered trials included. */
  readonly trials: readonly AcceleratorTrial[];
  /** How long the trial guest's work took, in milliseconds: some 10 with hardware. Absent where it was not measured. */
  readonly workMilliseconds?: number | undefined;
  /** Why a slower one than hoped for is used, in one sentence or two. */
  readonly warning?: string | undefined;
  /** What would make the faster one usable. */
  readonly remedy?: string | undefined;
}

export interface FailedRung extends Rung {
  /** In one sentence. */
  readonly reason: string;
}

export interface ChooseAcceleratorOptions {
  /** `auto` takes the first that works; a named one is used or refused, never replaced. */
  readonly requested?: RequestedAccelerator | undefined;
  /** Where trials are remembered, until the host starts anew. */
  readonly cacheFolder: string;
  /** Try again instead of using what is remembered. */
  readonly retry?: boolean | undefined;
  /** Rungs that passed their trial and failed all the same in the boot that asks: they are left out. */
  readonly failed?: readonly FailedRung[] | undefined;
  /** False where nothing may be left behind: what is tried anew is then not remembered. */
  readonly remember?: boolean | undefined;
  /** Names what else on the host may hold the processor; asked when hardware is not usable, and its failure is none. Default: the host. */
  readonly explainConflicts?: ((signal: AbortSignal | undefined) => Promise<readonly Conflict[]>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const running = new SharedWork<DetailedTrial[]>();

/**
 * Chooses how QEMU runs guests here, by trial. Callers that ask at the same time share one. Faults: `host_fault` when the
 * requested accelerator, or none at all, works; `unavailable` when QEMU's own firmware is missing.
 */
export async function chooseAccelerator(engine: Engine, options: ChooseAcceleratorOptions): Promise<AcceleratorChoice> {
  const { requested = 'auto', cacheFolder, signal, retry = false, failed = [], remember = true } = options;
  const host = { platform: process.platform, architecture: process.arch };
  const rungs = requested === 'auto' ? listRungs(host, engine.version) : listRungsOf(requested, engine.version);
  const excluded = new Set(failed.map(rung => identifyRung(completeRung(rung, engine.version))));
  const left = rungs.filter(rung => !excluded.has(identifyRung(rung)));
  try {
    const cache = await TrialCache.open(cacheFolder, engine);
    const work = (ended: AbortSignal) => tryRungs(engine, left, cache, { cacheFolder, retry, remember, signal: ended });
    const key = `${cache.key} ${left.map(identifyRung).join()} ${retry} ${remember}`;
    const trials = [...failed.map(reportFailed), ...(await running.run(key, work, signal))];
    const conflicts = trials.some(isHindered) ? await askForConflicts(options) : [];
    if (!trials.at(-1)?.usable) throw describeFailure(requested, trials, conflicts);
    return describeChoice(trials, { conflicts, architecture: host.architecture });
  } catch (error) {
    throw asHostFault(error, 'The accelerators of QEMU could not be tried.');
  }
}

interface TryOptions {
  readonly cacheFolder: string;
  readonly retry: boolean;
  readonly remember: boolean;
  readonly signal: AbortSignal;
}

async function tryRungs(
  engine: Engine,
  rungs: readonly Rung[],
  cache: TrialCache,
  { cacheFolder, retry, remember, signal }: TryOptions,
): Promise<DetailedTrial[]> {
  const known = new Map(retry ? [] : (await cache.read()).map(trial => [identifyRung(trial), trial]));
  if (remember && !rungs.every(rung => known.has(identifyRung(rung)))) await sweepRunFolders(cacheFolder);
  const folder = remember ? cacheFolder : tmpdir();
  const [yardstick] = rungs.some(({ accelerator }) => accelerator === 'tcg') ? [] : listRungsOf('tcg', engine.version);
  const trials = await climbLadder(engine, rungs, { known, folder, yardstick, signal });
  if (!remember) return trials;
  const fresh = trials.filter(trial => known.get(identifyRung(trial)) !== trial);
  if (fresh.length > 0) await cache.add(fresh).catch(() => cache.forget().catch(() => {}));
  return trials;
}

function reportFailed(rung: FailedRung): DetailedTrial {
  return { ...rung, usable: false, cause: failedLater, stderr: '', milliseconds: 0, at: Date.now() };
}

/** Causes that say all there is to know. */
const plainCauses = new Set(['not_built_in', 'kvm_permission']);

function isHindered({ usable, accelerator, cause }: DetailedTrial): boolean {
  return !usable && accelerator !== 'tcg' && !plainCauses.has(cause);
}

async function askForConflicts(options: ChooseAcceleratorOptions): Promise<readonly Conflict[]> {
  const { explainConflicts = askHost, signal } = options;
  try {
    return await explainConflicts(signal);
  } catch (error) {
    if (signal?.aborted && error instanceof Fault) throw error;
    return [];
  }
}

async function askHost(signal: AbortSignal | undefined): Promise<readonly Conflict[]> {
  const { findConflicts } = await import('./conflicts/find-conflicts.ts');
  return findConflicts(signal);
}
