import type { GuestSystem } from '../../model/image.ts';
import type { SourceImage } from '../open-source.ts';

export interface CheckLimits {
  /** How long services may take to come up after the boot has passed, counted from there. */
  readonly serviceSeconds: number;
  /** How long an agent is waited for where there is another way to do without. */
  readonly patienceSeconds: number;
  /** How long one check may work: hash a file, run a command, look at a volume. */
  readonly workSeconds: number;
}

export const checkLimits: CheckLimits = { serviceSeconds: 60, patienceSeconds: 20, workSeconds: 300 };

/** What checks need to know beside the guest. */
export interface CheckContext {
  readonly signal: AbortSignal;
  readonly progress: (message: string) => void;
  /** The image that was booted, with what it stands on. */
  readonly image: SourceImage;
  /** What inspection has found on it. */
  readonly family?: GuestSystem['family'] | undefined;
  readonly limits?: Partial<CheckLimits> | undefined;
}

/** What making one check needs of that. */
export interface CheckRun extends Pick<CheckContext, 'signal' | 'progress'> {
  /** Aborted when the machine has ended; absent for what needs no machine. */
  readonly gone?: AbortSignal | undefined;
}

/** What one check has found, in one or two sentences. */
export interface Finding {
  readonly passed: boolean;
  readonly detail: string;
}
