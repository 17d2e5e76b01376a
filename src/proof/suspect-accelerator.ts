import type { Verdict } from '../model/verdict.ts';
import { checkRung } from '../qemu/accelerator/check-rung.ts';
import type { Guest } from '../qemu/guest.ts';
import type { BootServices } from './boot-options.ts';
import { judgeLateFailure, type LateFailure } from './late-failure.ts';
import type { PlannedBoot } from './plan-boot.ts';
import { machineRules } from './rules/machine.ts';
import { createVerdict } from './verdicts.ts';

interface Context {
  readonly planned: PlannedBoot;
  readonly services: Pick<BootServices, 'cacheFolder' | 'signal'>;
}

/** What a machine on which nothing moves looks like, whether the guest or the accelerator is the cause. */
const rulesOfStandstill = new Set<string>([machineRules.nothingChanges, machineRules.limitReached].map(({ id }) => id));

/**
 * The verdict, or a fault of the host in its place: when nothing moved any more under hardware, the accelerator has to pass
 * its trial once more before the guest is blamed.
 */
export async function reconsider(verdict: Verdict, { planned, services }: Context): Promise<Verdict> {
  const { plan, engine } = planned;
  if (plan.accelerator === 'tcg' || !rulesOfStandstill.has(verdict.rule)) return verdict;
  const trial = await checkRung(engine, plan, services);
  if (trial === undefined || trial.usable) return verdict;
  const reason = `The accelerator ${plan.accelerator} no longer works: ${trial.reason} Before: ${verdict.reason}`;
  return createVerdict(machineRules.acceleratorCrawls, { reason, line: verdict.line });
}

/** Why the accelerator may be to blame for the verdict on a guest. */
export async function findFailure(guest: Pick<Guest, 'exited'>, verdict: Verdict): Promise<LateFailure | undefined> {
  return judgeLateFailure(verdict, verdict.rule === 'engine-ended' ? await guest.exited : undefined);
}
