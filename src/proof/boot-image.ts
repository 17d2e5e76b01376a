import path from 'node:path';
import { Fault } from '../errors/fault.ts';
import { createRunFolder } from '../host/run-folder.ts';
import type { ProofPhase } from '../model/proof.ts';
import type { Verdict } from '../model/verdict.ts';
import type { Guest } from '../qemu/guest.ts';
import { scaleLimit } from './boot-limit.ts';
import type { BootOptions, BootServices } from './boot-options.ts';
import { judgeReading, warnOfReading } from './judge-reading.ts';
import { judgeStartFault, type LateFailure } from './late-failure.ts';
import { listRemedies } from './list-remedies.ts';
import { nameRunFolder } from './name-run-folder.ts';
import { inspectForBoot, type PlannedBoot, planBoot } from './plan-boot.ts';
import { adviseNamed, type FailedPlan, listNamed, planNextRung, rememberFailures } from './plan-next-rung.ts';
import { deafLimits } from './run-attempt.ts';
import { startPlanned } from './start-planned.ts';
import { findFailure, reconsider } from './suspect-accelerator.ts';
import { watchGuest } from './watch-guest.ts';

export interface BootedImage {
  readonly guest: Guest;
  readonly verdict: Verdict | undefined;
  readonly warnings: readonly string[];
  readonly planned: PlannedBoot;
  /** The rungs that have failed this boot so far. */
  readonly failures: readonly FailedPlan[];
  /** Removes the folder with the overlay; to be called once the guest has ended. */
  readonly removeFiles: () => Promise<void>;
}

type RunOptions = BootOptions & { readonly until: 'started' | 'verdict' };

/**
 * Boots an image under a throw-away overlay and leaves it running, at once or when its boot has been judged. An accelerator
 * that fails meanwhile is replaced by the next one, unless it was asked for by name. After a Fault (`cancelled` among them)
 * the machine and its files are gone.
 */
export async function bootImage(options: RunOptions, services: BootServices): Promise<BootedImage> {
  const report = (fraction: number, message: string) => services.progress({ fraction, message });
  report(0.05, 'inspecting the image');
  const inspection = await inspectForBoot(options, services.signal);
  report(0.1, 'choosing engine, firmware and accelerator');
  const planned = await planBoot(inspection, options, services);
  report(0.2, 'starting the machine');
  const folder = await createRunFolder(services.runRoot, nameRunFolder(inspection.path));
  const removeFiles = () => folder.remove();
  try {
    return { ...(await bootOnRungs(planned, { folder: folder.path, options, services, failures: [] })), removeFiles };
  } catch (error) {
    await removeFiles();
    throw error;
  }
}

/**
 * Boots the image of a machine that its accelerator has failed again, in the same folder and from its beginning, with the
 * next rung. Nothing when there is none. After a Fault the new machine is gone, its folder not.
 */
export async function bootAgain(
  booted: BootedImage,
  failure: LateFailure,
  services: Pick<BootServices, 'cacheFolder' | 'signal'>,
): Promise<BootedImage | undefined> {
  const { planned, guest, removeFiles } = booted;
  const failures = [...booted.failures, { plan: planned.plan, failure }];
  await rememberFailures(planned, failures, services, false);
  const next = await planNextRung(planned, failures, services);
  if (next === undefined) return undefined;
  const course = { folder: guest.folder, services, failures };
  return { ...(await bootOnRungs(next, course)), removeFiles };
}

interface Course {
  readonly folder: string;
  /** How it is to be judged; not at all when left out. */
  readonly options?: RunOptions | undefined;
  readonly services: Pick<BootServices, 'cacheFolder' | 'signal'> & Partial<Pick<BootServices, 'progress' | 'log'>>;
  /** What has failed so far. */
  readonly failures: FailedPlan[];
}

interface Outcome {
  readonly guest: Guest;
  readonly verdict: Verdict | undefined;
  readonly warnings: readonly string[];
  readonly failure: LateFailure | undefined;
}

/** From this rung on downwards, until one does not fail the boot. */
async function bootOnRungs(first: PlannedBoot, course: Course): Promise<Omit<BootedImage, 'removeFiles'>> {
  const { services, failures } = course;
  for (let planned = first; ; ) {
    const outcome = await bootOnce(planned, course);
    const failure = outcome instanceof Fault ? judgeStartFault(outcome) : outcome.failure;
    if (failure !== undefined) failures.push({ plan: planned.plan, failure });
    const next = failure === undefined ? undefined : await planNext(planned, outcome, course);
    if (next === undefined) {
      // A machine that runs unwatched has only been started, which the one before had been as well.
      await rememberFailures(planned, failures, services, failure === undefined && course.options !== undefined);
      if (outcome instanceof Fault) throw failure === undefined ? outcome : adviseNamed(outcome, planned);
      const { guest, verdict } = outcome;
      const named = failure === undefined ? [] : listNamed(planned);
      const remedies = listRemedies(verdict, path.dirname(course.folder));
      return {
        guest,
        verdict,
        planned,
        failures,
        warnings: [...planned.warnings, ...outcome.warnings, ...named, ...remedies],
      };
    }
    services.progress?.({ message: `the accelerator ${planned.plan.accelerator} failed; trying the next one` });
    services.log?.warn(`The accelerator ${planned.plan.accelerator} failed; the next one is tried.`, {
      next: next.plan.accelerator,
      reason: failure?.reason,
    });
    if (!(outcome instanceof Fault)) await outcome.guest.stop(deafLimits);
    planned = next;
  }
}

async function planNext(planned: PlannedBoot, outcome: Outcome | Fault, { services, failures }: Course) {
  try {
    return await planNextRung(planned, failures, services);
  } catch (error) {
    if (!(outcome instanceof Fault)) await outcome.guest.stop(deafLimits);
    throw error;
  }
}

/** One start, watched when that is wanted. A Fault of the start is returned: it may be the accelerator's. */
async function bootOnce(planned: PlannedBoot, course: Course): Promise<Outcome | Fault> {
  const { services, options } = course;
  let guest: Guest | undefined;
  try {
    const started = await startPlanned(planned, course.folder, services);
    ({ guest } = started);
    const { warnings, reading } = started;
    if (options?.until !== 'verdict') return { guest, verdict: undefined, warnings, failure: undefined };
    const watched = await watch(guest, planned, options, services);
    const verdict = judgeReading(await reconsider(watched.verdict, { planned, services }), reading);
    return {
      guest,
      verdict,
      warnings: [...warnings, ...warnOfReading(reading)],
      failure: await findFailure(guest, verdict),
    };
  } catch (error) {
    await guest?.stop(deafLimits);
    if (guest === undefined && error instanceof Fault && !services.signal.aborted) return error;
    throw error;
  }
}

const shares: Partial<Record<ProofPhase, number>> = { boot_loader: 0.4, kernel: 0.5, user_space: 0.7, verdict: 0.95 };

function watch(
  guest: Guest,
  { unbootable, choice, inspection }: PlannedBoot,
  options: BootOptions,
  services: Course['services'],
) {
  return watchGuest(guest, {
    limitSeconds: options.limitSeconds ?? scaleLimit(choice.workMilliseconds),
    signal: services.signal,
    unbootable,
    system: inspection.system,
    progress: update => services.progress?.({ fraction: shares[update.phase], message: update.message }),
  });
}
