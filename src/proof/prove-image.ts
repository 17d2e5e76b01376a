import type { FileComparison, ProofPhase, ProofResult } from '../model/proof.ts';
import { formatVersion } from '../qemu/engine.ts';
import type { BootOptions, BootServices } from './boot-options.ts';
import { compareAll, identifyFiles } from './evidence/compare-files.ts';
import { describeProof } from './evidence/describe-proof.ts';
import type { EvidenceFolder } from './evidence/evidence-folder.ts';
import { openEvidence } from './evidence/open-evidence.ts';
import { listRemedies } from './list-remedies.ts';
import { inspectForBoot, type PlannedBoot, planBoot } from './plan-boot.ts';
import { type FailedPlan, listNamed, planNextRung, rememberFailures } from './plan-next-rung.ts';
import { type Attempt, runAttempt } from './run-attempt.ts';

export interface ProofOptions extends BootOptions {
  readonly sha256: boolean;
  readonly evidenceFolder?: string | undefined;
}

export interface ProofServices extends BootServices {
  /** Holds the evidence folders that no caller named. */
  readonly evidenceRoot: string;
  /** vmbridge's own version. */
  readonly version: string;
}

export const defaultLimitSeconds = 300;

// How much of the whole is done when a phase begins. Hashing takes its share only when it was asked for.
const shares: Readonly<Record<ProofPhase, number>> = {
  inspecting: 0.01,
  preparing: 0.05,
  firmware: 0.25,
  boot_loader: 0.35,
  kernel: 0.45,
  user_space: 0.6,
  verdict: 0.8,
  stopping: 0.82,
  comparing: 0.85,
};

/**
 * Boots an image unattended and says how far it came. Never writes to it, and compares it before and after. A proof ends
 * with a verdict even when the host failed; it throws when nothing could be tried: an image that is missing, locked or
 * damaged, no engine, no firmware. Cancelled: the machine, its folder and the evidence are gone.
 */
export async function proveImage(options: ProofOptions, services: ProofServices): Promise<ProofResult> {
  const startedAt = new Date();
  const report = (phase: ProofPhase, message: string, share = 0) =>
    services.progress({ fraction: Math.min(1, shares[phase] + share), message });
  report('inspecting', 'inspecting the image');
  const inspection = await inspectForBoot(options, services.signal);
  const files = [inspection.path, ...inspection.parents];
  const identify = (phase: 'preparing' | 'comparing', message: string, width: number) =>
    identifyFiles(files, {
      sha256: options.sha256,
      signal: services.signal,
      progress: done => report(phase, message, done * width),
    });
  // Before anything is hashed: what keeps the boot from being tried shall not be found after an hour of reading.
  report('preparing', 'choosing engine, firmware and accelerator');
  const planned = await planBoot(inspection, options, services);
  const evidence = await openEvidence(options.evidenceFolder, services.evidenceRoot, inspection.path, startedAt);
  try {
    const before = await identify('preparing', 'hashing the image', 0.18);
    const { attempts, planned: last } = await tryRungs(planned, options, services, evidence, report);
    report('comparing', 'comparing the image with what it was');
    const after = await identify('comparing', 'hashing the image again', 0.14);
    const comparisons = compareAll(before, after);
    return await conclude({ planned: last, attempts, comparisons, evidence, startedAt }, services);
  } catch (error) {
    await evidence.discard();
    throw error;
  }
}

interface Tries {
  readonly attempts: [Attempt, ...Attempt[]];
  /** As it was for the last of them. */
  readonly planned: PlannedBoot;
}

/** A host that fails under an accelerator says nothing of the image: then the next rung of the ladder is tried. */
async function tryRungs(
  first: PlannedBoot,
  options: ProofOptions,
  services: ProofServices,
  evidence: EvidenceFolder,
  report: (phase: ProofPhase, message: string) => void,
): Promise<Tries> {
  const context = { evidence, services, report, limitSeconds: options.limitSeconds ?? defaultLimitSeconds };
  const failures: FailedPlan[] = [];
  let planned = first;
  let attempt = await runAttempt({ ...context, planned });
  const attempts: Tries['attempts'] = [attempt];
  while (attempt.failure !== undefined) {
    failures.push({ plan: planned.plan, failure: attempt.failure });
    const next = await planNextRung(planned, failures, services);
    if (next === undefined) break;
    report('preparing', `the accelerator ${planned.plan.accelerator} failed; trying again with ${describeRung(next)}`);
    planned = next;
    attempt = await runAttempt({ ...context, planned });
    attempts.push(attempt);
  }
  await rememberFailures(planned, failures, services, attempt.watched.verdict.state !== 'host_fault');
  return { attempts, planned };
}

function describeRung({ plan: { accelerator, cpu } }: PlannedBoot): string {
  return cpu === undefined ? accelerator : `${accelerator} (${cpu})`;
}

interface Outcome {
  readonly planned: PlannedBoot;
  readonly attempts: readonly [Attempt, ...Attempt[]];
  readonly comparisons: readonly FileComparison[];
  readonly evidence: EvidenceFolder;
  readonly startedAt: Date;
}

async function conclude(outcome: Outcome, services: ProofServices): Promise<ProofResult> {
  const { planned, attempts, comparisons, evidence, startedAt } = outcome;
  const [image, ...parents] = comparisons;
  if (image === undefined) throw new TypeError('The image itself was not compared.');
  const last = attempts.at(-1) ?? attempts[0];
  const { plan, engine, choice } = planned;
  const endedAt = new Date();
  const unchanged = comparisons.every(comparison => comparison.unchanged);
  const result: ProofResult = {
    verdict: last.watched.verdict,
    image,
    parents,
    unchanged,
    firmware: plan.firmware,
    machine: plan.machine,
    bus: plan.bus,
    accelerator: last.summary.accelerator,
    trials: [...choice.trials],
    attempts: attempts.map(attempt => attempt.summary),
    timeline: last.watched.timeline,
    screenshots: evidence.screenshots,
    screenText: last.watched.screenText,
    screenMethod: last.watched.screenMethod,
    evidenceFolder: evidence.path,
    qemuVersion: formatVersion(engine.version),
    startedAt: startedAt.toISOString(),
    endedAt: endedAt.toISOString(),
    durationSeconds: (endedAt.getTime() - startedAt.getTime()) / 1000,
    warnings: collectWarnings(outcome, unchanged, services.runRoot),
  };
  await evidence.finish(describeProof(result, { planned, attempts, version: services.version }));
  return result;
}

function collectWarnings({ planned, attempts, comparisons }: Outcome, unchanged: boolean, runRoot: string): string[] {
  const changed = comparisons.filter(comparison => !comparison.unchanged).map(({ before }) => before.path);
  return [
    ...(unchanged ? [] : [`Changed while it was being proved, by another program: ${changed.join(', ')}`]),
    ...planned.warnings,
    ...new Set(attempts.flatMap(attempt => attempt.warnings)),
    ...(attempts.length > 1
      ? [
          `Attempts 1 to ${attempts.length - 1} ended in a fault of the host; this verdict is of the last, with ${describeRung(planned)}.`,
        ]
      : []),
    ...(attempts.at(-1)?.failure === undefined ? [] : listNamed(planned)),
    ...listRemedies(attempts.at(-1)?.watched.verdict, runRoot),
  ];
}
