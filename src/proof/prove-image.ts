import type { ProofChecks } from '../model/check.ts';
import type { ProofPhase, ProofResult } from '../model/proof.ts';
import type { PassingState } from '../model/verdict.ts';
import { scaleLimit } from './boot-limit.ts';
import type { BootOptions, BootServices } from './boot-options.ts';
import { type CheckNeeds, requireChecks } from './checks/require-checks.ts';
import { skipChecks } from './checks/skip-checks.ts';
import { concludeProof } from './conclude-proof.ts';
import { compareAll, identifyFiles } from './evidence/compare-files.ts';
import { openEvidence } from './evidence/open-evidence.ts';
import { inspectForBoot, type PlannedBoot, planBoot } from './plan-boot.ts';
import { type Tries, tryDevices } from './try-devices.ts';
import { defaultPolicy } from './verdicts.ts';

export interface ProofOptions extends BootOptions {
  readonly sha256: boolean;
  readonly evidenceFolder?: string | undefined;
  /** States that pass; all that can when left out. */
  readonly passOn?: readonly PassingState[] | undefined;
  /** What else must hold once the verdict has passed. */
  readonly checks?: ProofChecks | undefined;
}

export interface ProofServices extends BootServices {
  /** Holds the evidence folders that no caller named. */
  readonly evidenceRoot: string;
  /** Holds the key that signs the evidence. */
  readonly stateFolder: string;
  /** vmbridge's own version. */
  readonly version: string;
}

// How much of the whole is done when a phase begins. Hashing takes its share only when it was asked for.
const shares: Readonly<Record<ProofPhase, number>> = {
  inspecting: 0.01,
  preparing: 0.05,
  firmware: 0.25,
  boot_loader: 0.35,
  kernel: 0.45,
  user_space: 0.6,
  verdict: 0.75,
  checking: 0.78,
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
  const needs = options.checks && requireChecks(options.checks);
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
  const planned = addNetwork(await planBoot(inspection, options, services), needs);
  const evidence = await openEvidence(options.evidenceFolder, services.evidenceRoot, inspection.path, startedAt);
  try {
    const before = await identify('preparing', 'hashing the image', 0.18);
    const { checks, passOn = defaultPolicy } = options;
    const limitSeconds = options.limitSeconds ?? scaleLimit(planned.choice.workMilliseconds);
    const tries = await tryDevices(planned, { evidence, services, report, limitSeconds, passOn, checks });
    report('comparing', 'comparing the image with what it was');
    const after = await identify('comparing', 'hashing the image again', 0.14);
    const comparisons = compareAll(before, after);
    const checked = await checkRest(tries, checks, services);
    return await concludeProof({ ...checked, comparisons, evidence, startedAt, passOn, limitSeconds }, services);
  } catch (error) {
    await evidence.discard();
    throw error;
  }
}

/** A port is checked on an isolated network, on a card that the guest has a driver for. */
export function addNetwork(planned: PlannedBoot, needs: CheckNeeds | undefined): PlannedBoot {
  if (needs?.network === undefined) return planned;
  return { ...planned, plan: { ...planned.plan, network: needs.network, virtioCard: true } };
}

/** Of a boot that did not pass, only what needs no guest is checked. */
async function checkRest(tries: Tries, checks: ProofChecks | undefined, services: ProofServices): Promise<Tries> {
  const { decisive, attempts } = tries;
  if (checks === undefined || decisive.watched.verdict.passed) return tries;
  const { plan, inspection } = decisive.planned;
  const results = await skipChecks(checks, 'the boot did not pass.', {
    signal: services.signal,
    progress: message => services.progress({ message }),
    image: plan.image,
    family: inspection.system.family,
  });
  const checked = { ...decisive, checks: results };
  const [first, ...others] = attempts.map(attempt => (attempt === decisive ? checked : attempt));
  return { attempts: [first ?? checked, ...others], decisive: checked };
}
