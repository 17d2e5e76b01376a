import { performance } from 'node:perf_hooks';
import { cancelledFault, Fault } from '../errors/fault.ts';
import { createRunFolder } from '../host/run-folder.ts';
import type { CheckResult, ProofChecks } from '../model/check.ts';
import type { BootAttempt, ProofPhase } from '../model/proof.ts';
import type { PassingState } from '../model/verdict.ts';
import type { BootPlan } from '../qemu/boot-plan.ts';
import type { Guest } from '../qemu/guest.ts';
import type { BootServices } from './boot-options.ts';
import { hideSecret } from './checks/hide-secret.ts';
import { runChecks } from './checks/run-checks.ts';
import type { EvidenceFolder } from './evidence/evidence-folder.ts';
import { judgeReading, warnOfReading } from './judge-reading.ts';
import { judgeStartFault, type LateFailure } from './late-failure.ts';
import { nameRunFolder } from './name-run-folder.ts';
import type { PlannedBoot } from './plan-boot.ts';
import { machineRules } from './rules/machine.ts';
import { startPlanned } from './start-planned.ts';
import { findFailure, reconsider } from './suspect-accelerator.ts';
import { createVerdict } from './verdicts.ts';
import { type WatchResult, watchGuest } from './watch-guest.ts';

/** One try of one plan, from start to a stopped machine. */
export interface Attempt {
  readonly planned: PlannedBoot;
  readonly summary: Omit<BootAttempt, 'decisive'>;
  /** The number of its logs among the evidence; absent when it left none. */
  readonly logNumber?: number | undefined;
  /** What was checked once the verdict had passed. */
  readonly checks: readonly CheckResult[];
  readonly watched: Omit<WatchResult, 'lastPicture'>;
  readonly arguments: readonly string[];
  readonly events: Guest['events'];
  readonly warnings: readonly string[];
  /** Why the accelerator may be to blame for the end. */
  readonly failure?: LateFailure | undefined;
}

export interface AttemptContext {
  readonly planned: PlannedBoot;
  readonly evidence: EvidenceFolder;
  readonly limitSeconds: number;
  readonly passOn: readonly PassingState[];
  /** What is checked once the verdict has passed. */
  readonly checks?: ProofChecks | undefined;
  readonly services: BootServices;
  readonly report: (phase: ProofPhase, message: string) => void;
}

/** A guest at its prompt is asked to shut down; any other has nobody who would listen. */
const listeningLimits = { acpiMs: 10_000, quitMs: 3000, killMs: 3000 };
export const deafLimits = { acpiMs: 0, quitMs: 3000, killMs: 3000 };

/**
 * Boots the plan, watches it to a verdict, keeps the evidence and ends the machine. A start that fails because of the host
 * is a verdict as well; other Faults are thrown. Whatever happens, the machine and its folder are gone afterwards.
 */
export async function runAttempt(context: AttemptContext): Promise<Attempt> {
  const { planned, services } = context;
  const { plan } = planned;
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  const folder = await createRunFolder(services.runRoot, nameRunFolder(plan.image.path));
  try {
    const { guest, warnings, reading } = await startPlanned(planned, folder.path, services);
    try {
      const { checks, logNumber, ...seen } = await watchAttempt(guest, context);
      const watched = { ...seen, verdict: judgeReading(seen.verdict, reading) };
      return {
        planned,
        checks,
        logNumber,
        ...summarize(guest, planned, watched, elapsed()),
        warnings: [...warnings, ...warnOfReading(reading)],
        failure: await findFailure(guest, watched.verdict),
      };
    } finally {
      await guest.stop(deafLimits);
    }
  } catch (error) {
    if (services.signal.aborted) throw cancelledFault(services.signal, `The boot of ${plan.image.path}`);
    if (!(error instanceof Fault)) throw error;
    const failure = judgeStartFault(error);
    if ((error.code !== 'host_fault' && failure === undefined) || error.data?.field !== undefined) throw error;
    return { planned, checks: [], ...summarizeFailure(plan, error, elapsed()), failure };
  } finally {
    await folder.remove();
  }
}

type Watched = WatchResult & Pick<Attempt, 'checks' | 'logNumber'>;

async function watchAttempt(guest: Guest, context: AttemptContext): Promise<Watched> {
  const { planned, evidence, limitSeconds, passOn, services, report } = context;
  const watched = await watchGuest(guest, {
    limitSeconds,
    signal: services.signal,
    passOn,
    unbootable: planned.unbootable,
    system: planned.inspection.system,
    progress: update => report(update.phase, update.message),
    keepPicture: (picture, at, phase) => evidence.addPicture(picture, at, phase),
  });
  const checks = watched.verdict.passed ? await checkGuest(guest, context) : [];
  report('stopping', 'shutting the guest down');
  await guest.stop(watched.verdict.passed ? listeningLimits : deafLimits);
  const number = evidence.attempts++ === 0 ? '' : `-${evidence.attempts}`;
  // A guest that was given a password may have said it there.
  await evidence.addText(`serial${number}.log`, hideSecret(await guest.serial(), context.checks?.password));
  await evidence.addText(`firmware${number}.log`, await guest.firmwareLog());
  const verdict = await reconsider(watched.verdict, { planned, services });
  return { ...watched, verdict, checks, logNumber: evidence.attempts };
}

async function checkGuest(guest: Guest, { planned, checks, services, report }: AttemptContext): Promise<CheckResult[]> {
  if (checks === undefined) return [];
  return runChecks(guest, checks, {
    signal: services.signal,
    progress: message => report('checking', message),
    image: planned.plan.image,
    family: planned.inspection.system.family,
  });
}

type Summary = Omit<Attempt, 'warnings' | 'planned' | 'checks' | 'logNumber'>;

function summarize(guest: Guest, { plan }: PlannedBoot, watched: WatchResult, seconds: number): Summary {
  const { lastPicture: _, ...rest } = watched;
  const { accelerator, cpu, memoryBytes } = guest.plan;
  return {
    summary: {
      ...pickDevices(plan),
      accelerator,
      ...(cpu === undefined ? {} : { cpu }),
      memoryBytes,
      verdict: watched.verdict,
      seconds,
    },
    watched: rest,
    arguments: guest.arguments,
    events: guest.events,
  };
}

function pickDevices({ firmware, machine, bus }: BootPlan) {
  return { firmware, machine, bus };
}

function summarizeFailure(plan: BootPlan, fault: Fault, seconds: number): Summary & Pick<Attempt, 'warnings'> {
  const verdict = createVerdict(machineRules.engineDidNotStart, {
    reason: fault.remedy === undefined ? fault.message : `${fault.message} ${fault.remedy}`,
  });
  const { accelerator, cpu, memoryBytes } = plan;
  return {
    summary: {
      ...pickDevices(plan),
      accelerator,
      ...(cpu === undefined ? {} : { cpu }),
      memoryBytes,
      verdict,
      error: fault.message,
      seconds,
    },
    watched: { verdict, timeline: [], signals: [], screenText: [], screenMethod: 'none' },
    arguments: [],
    events: [],
    warnings: [],
  };
}
