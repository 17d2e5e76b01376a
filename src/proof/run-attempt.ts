import { performance } from 'node:perf_hooks';
import { cancelledFault, Fault } from '../errors/fault.ts';
import { createRunFolder } from '../host/run-folder.ts';
import type { BootAttempt, ProofPhase } from '../model/proof.ts';
import type { Verdict } from '../model/verdict.ts';
import type { BootPlan } from '../qemu/boot-plan.ts';
import type { Guest } from '../qemu/guest.ts';
import { startGuest } from '../qemu/start-guest.ts';
import type { BootServices } from './boot-options.ts';
import type { EvidenceFolder } from './evidence/evidence-folder.ts';
import { nameRunFolder } from './name-run-folder.ts';
import type { PlannedBoot } from './plan-boot.ts';
import { type WatchResult, watchGuest } from './watch-guest.ts';

/** One try of one plan, from start to a stopped machine. */
export interface Attempt {
  readonly summary: BootAttempt;
  readonly watched: Omit<WatchResult, 'lastPicture'>;
  readonly arguments: readonly string[];
  readonly events: Guest['events'];
}

export interface AttemptContext {
  readonly planned: PlannedBoot;
  readonly evidence: EvidenceFolder;
  readonly limitSeconds: number;
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
export async function runAttempt(plan: BootPlan, context: AttemptContext): Promise<Attempt> {
  const { planned, services } = context;
  const started = performance.now();
  const folder = await createRunFolder(services.runRoot, nameRunFolder(plan.image.path));
  try {
    const guest = await startGuest(planned.engine, plan, {
      folder: folder.path,
      uefi: planned.uefi,
      signal: services.signal,
    });
    try {
      const watched = await watchAttempt(guest, context);
      return summarize(plan, guest, watched, (performance.now() - started) / 1000);
    } finally {
      await guest.stop(deafLimits);
    }
  } catch (error) {
    if (services.signal.aborted) throw cancelledFault(services.signal, `The boot of ${plan.image.path}`);
    if (!(error instanceof Fault) || error.code !== 'host_fault' || error.data?.field !== undefined) throw error;
    return summarizeFailure(plan, error, (performance.now() - started) / 1000);
  } finally {
    await folder.remove();
  }
}

async function watchAttempt(guest: Guest, context: AttemptContext): Promise<WatchResult> {
  const { planned, evidence, limitSeconds, services, report } = context;
  const watched = await watchGuest(guest, {
    limitSeconds,
    signal: services.signal,
    unbootable: planned.unbootable,
    progress: update => report(update.phase, update.message),
    keepPicture: (picture, at, phase) => evidence.addPicture(picture, at, phase),
  });
  report('stopping', 'shutting the guest down');
  await guest.stop(watched.verdict.state === 'login' ? listeningLimits : deafLimits);
  const number = evidence.attempts++ === 0 ? '' : `-${evidence.attempts}`;
  await evidence.addText(`serial${number}.log`, await guest.serial());
  await evidence.addText(`firmware${number}.log`, await guest.firmwareLog());
  return watched;
}

function summarize(plan: BootPlan, guest: Guest, watched: WatchResult, seconds: number): Attempt {
  const { lastPicture: _, ...rest } = watched;
  return {
    summary: { accelerator: plan.accelerator, memoryBytes: plan.memoryBytes, verdict: watched.verdict, seconds },
    watched: rest,
    arguments: guest.arguments,
    events: guest.events,
  };
}

function summarizeFailure(plan: BootPlan, fault: Fault, seconds: number): Attempt {
  const verdict: Verdict = {
    state: 'host_fault',
    rule: 'engine-did-not-start',
    reason: fault.remedy === undefined ? fault.message : `${fault.message} ${fault.remedy}`,
    source: 'engine',
    passed: false,
  };
  return {
    summary: { accelerator: plan.accelerator, memoryBytes: plan.memoryBytes, verdict, error: fault.message, seconds },
    watched: { verdict, timeline: [], screenText: [], screenMethod: 'none' },
    arguments: [],
    events: [],
  };
}
