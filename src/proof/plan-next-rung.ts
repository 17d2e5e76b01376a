import { Fault } from '../errors/fault.ts';
import { completeRung, identifyRung, type Rung } from '../qemu/accelerator/accelerator-ladder.ts';
import { rememberLateFailure } from '../qemu/accelerator/remember-late-failure.ts';
import { chooseAccelerator } from '../qemu/choose-accelerator.ts';
import type { BootServices } from './boot-options.ts';
import type { LateFailure } from './late-failure.ts';
import { type PlannedBoot, pickAccelerator } from './plan-boot.ts';

export interface FailedPlan {
  readonly plan: Rung;
  readonly failure: LateFailure;
}

type Services = Pick<BootServices, 'cacheFolder' | 'signal'>;

/**
 * The boot planned for the next rung that works; nothing when none is left, or when the accelerator was asked for by name:
 * such a one is never replaced.
 */
export async function planNextRung(
  planned: PlannedBoot,
  failures: readonly FailedPlan[],
  { cacheFolder, signal }: Services,
): Promise<PlannedBoot | undefined> {
  const { engine, requested, plan } = planned;
  if (requested !== 'auto' || plan.accelerator === 'tcg') return undefined;
  const identify = (rung: Rung) => identifyRung(completeRung(rung, engine.version));
  const failed = failures.map(({ plan, failure }) => ({
    ...completeRung(plan, engine.version),
    reason: failure.reason,
  }));
  try {
    const choice = await chooseAccelerator(engine, { requested, cacheFolder, failed, signal });
    if (failed.some(rung => identify(rung) === identify(choice))) return undefined;
    const others = planned.warnings.filter(warning => warning !== planned.choice.warning);
    const warnings = choice.warning === undefined ? others : [choice.warning, ...others];
    return { ...planned, choice, warnings, plan: { ...plan, ...pickAccelerator(choice) } };
  } catch (error) {
    // That nothing else works either is no better answer than the failure itself.
    if (error instanceof Fault && error.code === 'host_fault') return undefined;
    throw error;
  }
}

/** Remembers the rungs that failed, as far as they are to blame. `better`: the boot went on after them. */
export async function rememberFailures(
  { engine }: PlannedBoot,
  failures: readonly FailedPlan[],
  { cacheFolder }: Services,
  better: boolean,
): Promise<void> {
  for (const { plan, failure } of failures) {
    const isToBlame = failure.blame === 'certain' || (failure.blame === 'likely' && better);
    if (isToBlame) await rememberLateFailure(engine, cacheFolder, plan, failure.reason);
  }
}

/** Why nothing else was tried, where the caller or the configuration wanted it so. */
export function listNamed({ requested }: PlannedBoot): string[] {
  if (requested === 'auto' || requested === 'tcg') return [];
  return [`No other accelerator was tried, as ${requested} was asked for by name; "auto" goes on with the next one.`];
}

/** The same for a Fault. */
export function adviseNamed(fault: Fault, planned: PlannedBoot): Fault {
  const [advice] = listNamed(planned);
  return advice === undefined ? fault : fault.with({ remedy: [fault.remedy, advice].filter(Boolean).join(' ') });
}
