import { Fault } from '../errors/fault.ts';
import { sweepRunFolders } from '../host/run-folder.ts';
import { SharedWork } from '../host/shared-work.ts';
import { listAccelerators } from './accelerator/accelerator-ladder.ts';
import { TrialCache } from './accelerator/trial-cache.ts';
import { type AcceleratorTrial, type DetailedTrial, tryAccelerator } from './accelerator/try-accelerator.ts';
import { asHostFault } from './as-host-fault.ts';
import type { Accelerator, Engine, RequestedAccelerator } from './engine.ts';

export interface AcceleratorChoice {
  readonly accelerator: Accelerator;
  /** What was tried, in order; remembered trials included. */
  readonly trials: readonly AcceleratorTrial[];
  /** Why a slower one than hoped for is used, in one sentence or two. */
  readonly warning?: string | undefined;
  /** What would make the faster one usable. */
  readonly remedy?: string | undefined;
}

export interface ChooseAcceleratorOptions {
  /** `auto` takes the first that works; a named one is used or refused, never replaced. */
  readonly requested?: RequestedAccelerator | undefined;
  /** Where trials are remembered, until the host starts anew. */
  readonly cacheFolder: string;
  /** Try again instead of using what is remembered. */
  readonly retry?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

const running = new SharedWork<DetailedTrial[]>();

/**
 * Chooses how QEMU runs guests here, by trial. Callers that ask at the same time share one. Faults: `host_fault` when the
 * requested accelerator, or none at all, works.
 */
export async function chooseAccelerator(engine: Engine, options: ChooseAcceleratorOptions): Promise<AcceleratorChoice> {
  const { requested = 'auto', cacheFolder, signal, retry = false } = options;
  const ladder = requested === 'auto' ? listAccelerators(process.platform) : [requested];
  try {
    const cache = await TrialCache.open(cacheFolder, engine);
    const work = (ended: AbortSignal) => tryLadder(engine, ladder, cache, { cacheFolder, retry, signal: ended });
    return conclude(requested, await running.run(`${cache.key} ${ladder.join()} ${retry}`, work, signal));
  } catch (error) {
    throw asHostFault(error, 'The accelerators of QEMU could not be tried.');
  }
}

async function tryLadder(
  engine: Engine,
  ladder: readonly Accelerator[],
  cache: TrialCache,
  { cacheFolder, retry, signal }: { cacheFolder: string; retry: boolean; signal: AbortSignal },
): Promise<DetailedTrial[]> {
  const known = new Map((await cache.read()).map(trial => [trial.accelerator, trial]));
  const trials: DetailedTrial[] = [];
  let tried = false;
  for (const accelerator of ladder) {
    const remembered = retry ? undefined : known.get(accelerator);
    if (!remembered && !tried) await sweepRunFolders(cacheFolder);
    const trial = remembered ?? (await tryAccelerator(engine, accelerator, cacheFolder, signal));
    tried ||= !remembered;
    trials.push(trial);
    known.set(accelerator, trial);
    if (trial.usable) break;
  }
  if (tried) await cache.write([...known.values()]).catch(() => cache.forget().catch(() => {}));
  return trials;
}

function conclude(requested: RequestedAccelerator, detailed: readonly DetailedTrial[]): AcceleratorChoice {
  const chosen = detailed.find(({ usable }) => usable);
  const failed = detailed.find(({ usable }) => !usable);
  if (!chosen) throw describeFailure(requested, detailed);
  const trials = detailed.map(({ accelerator, usable, reason, milliseconds }) => ({
    accelerator,
    usable,
    reason,
    milliseconds,
  }));
  if (!failed) return { accelerator: chosen.accelerator, trials };
  const consequence = `QEMU emulates the processor instead (${chosen.accelerator}), which is several times slower.`;
  const warning = `The accelerator ${failed.accelerator} is not usable. ${failed.reason} ${consequence}`;
  return { accelerator: chosen.accelerator, trials, warning, remedy: failed.remedy };
}

function describeFailure(requested: RequestedAccelerator, trials: readonly DetailedTrial[]): Fault {
  const last = trials.at(-1);
  const what =
    requested === 'auto'
      ? 'No accelerator of QEMU works on this host.'
      : `The accelerator ${requested} was asked for and is not usable here.`;
  const fallback = requested === 'auto' || requested === 'tcg' ? undefined : 'Ask for "auto" or "tcg".';
  return new Fault('host_fault', last ? `${what} ${last.reason}` : what, {
    remedy: last?.remedy ?? fallback,
    data: { trials },
  });
}
