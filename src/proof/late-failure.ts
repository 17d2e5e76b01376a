import type { Fault } from '../errors/fault.ts';
import type { Verdict } from '../model/verdict.ts';
import { isSetupCause } from '../qemu/accelerator/trial-failure.ts';
import type { GuestExit } from '../qemu/guest.ts';
import { machineRules } from './rules/machine.ts';

/** The end of a boot for which the accelerator may be to blame. */
export interface LateFailure {
  /** In one sentence. */
  readonly reason: string;
  /**
   * `certain`: nothing else could have caused it. `likely`: the accelerator, if another one does better. `unclear`: worth
   * another try, and no reason to think badly of the accelerator, since somebody else may have ended QEMU.
   */
  readonly blame: 'certain' | 'likely' | 'unclear';
}

const { internalError, acceleratorCrawls, diskFull, diskError, imageUnreadable } = machineRules;
const ofTheAccelerator = new Set<string>([internalError.id, acceleratorCrawls.id]);
const ofTheDisk = new Set<string>([diskFull.id, diskError.id, imageUnreadable.id]);
const signalsOfOthers = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']);
/** Of those that explain a start, the ones in which the accelerator may have a part. */
const startReasons: readonly unknown[] = ['accelerator', 'unknown', undefined];

/** What a fault of the host says of the accelerator; nothing when it is surely not to blame. `exit`: how QEMU ended. */
export function judgeLateFailure(verdict: Verdict, exit?: GuestExit): LateFailure | undefined {
  if (verdict.state !== 'host_fault' || ofTheDisk.has(verdict.rule)) return undefined;
  const { reason } = verdict;
  if (ofTheAccelerator.has(verdict.rule)) return { reason, blame: 'certain' };
  return { reason, blame: exit && isCrash(exit) ? 'likely' : 'unclear' };
}

/** The same for a QEMU that did not get as far as to run the guest. */
export function judgeStartFault({ code, data, message }: Fault): LateFailure | undefined {
  if (code === 'timeout') return { reason: message, blame: 'unclear' };
  if (code !== 'host_fault' || data?.field !== undefined || data?.systemCode !== undefined) return undefined;
  if (!startReasons.includes(data?.reason)) return undefined;
  // How the host is set up may be changed at any time, and the next trial sees it.
  const isPassing = typeof data?.cause === 'string' && isSetupCause(data.cause);
  return { reason: message, blame: isPassing ? 'unclear' : 'likely' };
}

/** Whether QEMU ended for reasons of its own. */
export function isCrash({ code, signal }: GuestExit): boolean {
  if (signal !== undefined) return !signalsOfOthers.has(signal);
  // Windows: the task manager ends a program with 1, QEMU says 1 when it gives up; a crash is a large number.
  return code !== undefined && code !== 0 && (process.platform !== 'win32' || code > 255);
}
