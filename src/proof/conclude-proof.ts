import type { FileComparison, ProofResult } from '../model/proof.ts';
import type { PassingState } from '../model/verdict.ts';
import { formatVersion } from '../qemu/engine.ts';
import { describeDevices } from './device-sets.ts';
import { describeProof } from './evidence/describe-proof.ts';
import type { EvidenceFolder } from './evidence/evidence-folder.ts';
import { listRemedies } from './list-remedies.ts';
import { listNamed } from './plan-next-rung.ts';
import type { ProofServices } from './prove-image.ts';
import type { Attempt } from './run-attempt.ts';
import { openSigner } from './signing/open-signer.ts';
import { describeRung, type Tries } from './try-devices.ts';
import { warnOfTextLogin } from './warn-of-text-login.ts';

interface Outcome extends Tries {
  readonly comparisons: readonly FileComparison[];
  readonly evidence: EvidenceFolder;
  readonly startedAt: Date;
  readonly passOn: readonly PassingState[];
  readonly limitSeconds: number;
}

/** Puts the result of a proof together, and writes and signs its evidence. */
export async function concludeProof(outcome: Outcome, services: ProofServices): Promise<ProofResult> {
  const { attempts, decisive, evidence } = outcome;
  const { signer, warning } = await openSigner({ state: services.stateFolder, signal: services.signal });
  const result = describeResult(outcome, services);
  if (warning !== undefined) result.warnings.push(warning);
  const { planned } = decisive;
  const proof = describeProof(result, { planned, attempts, version: services.version });
  const { signature, warnings } = await evidence.finish(proof, { signer, attempt: decisive.logNumber });
  return {
    ...result,
    warnings: [...result.warnings, ...warnings],
    ...(signature === undefined ? {} : { signature }),
  };
}

function describeResult(outcome: Outcome, { runRoot }: ProofServices): ProofResult {
  const { decisive, attempts, comparisons, evidence, startedAt, passOn, limitSeconds } = outcome;
  const [image, ...parents] = comparisons;
  if (image === undefined) throw new TypeError('The image itself was not compared.');
  const { watched, planned, checks } = decisive;
  const { plan, engine, choice } = planned;
  const endedAt = new Date();
  const unchanged = comparisons.every(comparison => comparison.unchanged);
  return {
    id: evidence.id,
    passed: watched.verdict.passed && unchanged && checks.every(({ passed }) => passed),
    verdict: watched.verdict,
    passOn: [...passOn],
    checks: [...checks],
    image,
    parents,
    unchanged,
    firmware: plan.firmware,
    machine: plan.machine,
    bus: plan.bus,
    accelerator: decisive.summary.accelerator,
    limitSeconds,
    trials: [...choice.trials],
    attempts: attempts.map(attempt => ({ ...attempt.summary, decisive: attempt === decisive })),
    timeline: watched.timeline,
    signals: watched.signals,
    screenshots: evidence.screenshots,
    screenText: watched.screenText,
    screenMethod: watched.screenMethod,
    evidenceFolder: evidence.path,
    qemuVersion: formatVersion(engine.version),
    startedAt: startedAt.toISOString(),
    endedAt: endedAt.toISOString(),
    durationSeconds: (endedAt.getTime() - startedAt.getTime()) / 1000,
    warnings: collectWarnings(outcome, unchanged, runRoot),
  };
}

function collectWarnings(outcome: Outcome, unchanged: boolean, runRoot: string): string[] {
  const { decisive, attempts, comparisons } = outcome;
  const changed = comparisons.filter(comparison => !comparison.unchanged).map(({ before }) => before.path);
  return [
    ...(unchanged ? [] : [`Changed while it was being proved, by another program: ${changed.join(', ')}`]),
    ...decisive.planned.warnings,
    ...new Set(attempts.flatMap(attempt => attempt.warnings)),
    ...describeAccelerators(outcome),
    ...describeOtherDevices(outcome),
    ...(decisive.failure === undefined ? [] : listNamed(decisive.planned)),
    ...listRemedies(decisive.watched.verdict, runRoot),
    ...warnOfTextLogin(decisive.watched.verdict, decisive.planned.inspection.system, outcome.passOn),
  ];
}

function describeAccelerators({ attempts, decisive }: Outcome): string[] {
  const failed = attempts.filter(({ failure }) => failure !== undefined && failure !== decisive.failure);
  if (failed.length === 0) return [];
  const numbers = failed.map(attempt => attempts.indexOf(attempt) + 1);
  const which = numbers.length === 1 ? `Attempt ${numbers[0]}` : `Attempts ${numbers[0]} to ${numbers.at(-1)}`;
  return [
    `${which} ended in a fault of the host; this verdict is of the last, with ${describeRung(decisive.planned)}.`,
  ];
}

/** What the machine needs that this image is restored to, when not every set of devices would do. */
function describeOtherDevices({ attempts, decisive }: Outcome): string[] {
  const others = attempts.filter(attempt => describe(attempt) !== describe(decisive));
  if (others.length === 0) return [];
  const names = [...new Set(others.map(describe))].join('; ');
  return decisive.watched.verdict.passed
    ? [`It boots with ${describe(decisive)}, and not with ${names}: give the restored machine the former.`]
    : [`It does not boot with ${names} either.`];
}

function describe({ planned }: Attempt): string {
  return describeDevices(planned.plan);
}
