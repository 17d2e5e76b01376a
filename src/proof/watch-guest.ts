import { setTimeout as sleep } from 'node:timers/promises';
import { cancelledFault, Fault } from '../errors/fault.ts';
import type { GuestSystem } from '../model/image.ts';
import type { Picture } from '../model/picture.ts';
import type { ProofPhase, ProofSignal, ReadingMethod, TimelineEntry } from '../model/proof.ts';
import type { PassingState, Verdict } from '../model/verdict.ts';
import type { GuestExit } from '../qemu/guest.ts';
import { machineRules } from './rules/machine.ts';
import { createVerdict, defaultPolicy } from './verdicts.ts';
import { AttendedClock } from './watch/attended-clock.ts';
import { BootJudge } from './watch/boot-judge.ts';
import { judgeFullDisk } from './watch/judge-full-disk.ts';
import { judgeExit } from './watch/judge-machine.ts';
import { defaultLimits, type WatchLimits } from './watch/limits.ts';
import type { WatchedGuest } from './watch/watched-guest.ts';

export interface WatchOptions {
  /** Longest time until the verdict. */
  readonly limitSeconds: number;
  readonly signal: AbortSignal;
  /** Told of each new phase, and every few seconds what is waited for. */
  readonly progress?: (update: { readonly phase: ProofPhase; readonly message: string }) => void;
  /** Gets a bounded number of pictures: one for each phase, and the last one. `at`: seconds since the start. */
  readonly keepPicture?: (picture: Picture, at: number, phase: ProofPhase) => Promise<void>;
  readonly limits?: Partial<WatchLimits> | undefined;
  /** States that pass; all that can when left out. */
  readonly passOn?: readonly PassingState[] | undefined;
  /** What the disk holds, where that is known. */
  readonly system?: Pick<GuestSystem, 'family' | 'displayManager'> | undefined;
  /** Inspection found nothing on the disk that could boot. */
  readonly unbootable?: boolean;
}

export interface WatchResult {
  readonly verdict: Verdict;
  readonly timeline: TimelineEntry[];
  readonly signals: ProofSignal[];
  /** Lines of the last screen. */
  readonly screenText: string[];
  readonly screenMethod: ReadingMethod;
  readonly lastPicture: Picture | undefined;
}

/** How often the serial line is listened to between looks, in milliseconds. */
const listenEvery = 100;
/** Between two looks, even when something is about to be certain, in milliseconds. */
const shortestRest = 20;
/** Looking shall cost less than this share of a processor, so that watching as a whole stays below a twentieth of one. */
const ownShare = 0.03;
/**
 * For so many seconds a QEMU that lives may leave a question without an answer, since its host may have paused it, or refuse
 * one, since what is on the screen may be about to change.
 */
const patienceWithQemu: Partial<Record<Fault['code'], number>> = { timeout: 120, failed: 10 };
/** Looks whose cost is averaged. */
const averagedLooks = 12;

/**
 * Watches a guest from its start to a verdict, which comes at the latest after `limitSeconds`. Never fails because of what
 * the guest or QEMU does: that is a verdict too. Fault: `cancelled`.
 */
export async function watchGuest(guest: WatchedGuest, options: WatchOptions): Promise<WatchResult> {
  const { signal, limitSeconds } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const clock = new AttendedClock((Date.now() - guest.startedAt.getTime()) / 1000);
  const now = (): number => clock.seconds;
  const ended = trackEnd(guest);
  const judge = new BootJudge(guest, { ...options, passOn: options.passOn ?? defaultPolicy, limits, now });
  let pause = limits.shortestMs;
  const costs: number[] = [];
  try {
    for (;;) {
      if (signal.aborted) throw cancelledFault(signal, 'Watching the boot');
      const before = process.cpuUsage();
      const verdict = await lookSafely(guest, judge, ended, signal);
      if (verdict) return await judge.conclude(verdict);
      if (now() >= limitSeconds) return await judge.conclude(judge.judgeLimit(limitSeconds));
      // Processor time, and not how long it took: on a busy host that is mostly waiting.
      const { user, system } = process.cpuUsage(before);
      // On average: now and then one look pays for the memory of many.
      costs.push((user + system) / 1000);
      if (costs.length > averagedLooks) costs.shift();
      const cost = costs.reduce((sum, each) => sum + each, 0) / costs.length;
      pause = judge.quiet ? Math.min(limits.longestMs, pause * 1.3) : limits.shortestMs;
      const planned = Math.max(pause, Math.min(cost / ownShare, 4 * limits.longestMs));
      const due = Math.max((judge.ripensIn ?? planned) + 1, shortestRest);
      await rest(guest, judge, Math.min(planned, due), signal);
    }
  } finally {
    clock.close();
    await judge.close();
  }
}

/** Waits until it is time for the next look: earlier when a prompt was heard, the guest has ended or the caller has gone. */
async function rest(guest: WatchedGuest, judge: BootJudge, milliseconds: number, signal: AbortSignal): Promise<void> {
  const end = performance.now() + milliseconds;
  const exited = guest.exited.then(() => true);
  for (let left = milliseconds; left > 0; left = end - performance.now()) {
    const pause = sleep(Math.min(left, listenEvery), false, { signal }).catch(() => true);
    if ((await Promise.race([pause, exited])) || (await judge.hearsPrompt())) return;
  }
}

/** A guest whose process ends while it is asked something gives a verdict, not an error. */
async function lookSafely(
  guest: WatchedGuest,
  judge: BootJudge,
  ended: () => GuestExit | undefined,
  signal: AbortSignal,
): Promise<Verdict | undefined> {
  const gone = ended();
  if (gone) return judge.judgeEnd(judgeExit(gone));
  try {
    return await judge.look();
  } catch (error) {
    if (signal.aborted) throw cancelledFault(signal, 'Watching the boot');
    // Only what the guest's channel says is about the guest; a full disk under the evidence is not.
    if (!(error instanceof Fault) || error === judge.keepingFailure) throw error;
    // The channel breaks a moment before the process is seen to be gone.
    await sleep(200);
    const exit = ended();
    if (exit) return judge.judgeEnd(judgeExit(exit));
    const full = await judgeFullDisk(guest);
    if (full) return full;
    if (judge.silentSeconds < (patienceWithQemu[error.code] ?? 0)) return undefined;
    return createVerdict(machineRules.engineUnreachable, { line: error.message });
  }
}

function trackEnd(guest: WatchedGuest): () => GuestExit | undefined {
  let exit: GuestExit | undefined;
  void guest.exited.then(result => {
    exit = result;
  });
  return () => exit;
}
