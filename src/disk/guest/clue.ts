import type { GuestSystem } from '../../model/image.ts';

/** One hint at the guest system. The strongest hint that has a field decides it; every hint is evidence. */
export interface Clue {
  /** 3: the system itself names its version; 2: its own files; 1: only a kind of partition or file system. */
  readonly strength: 1 | 2 | 3;
  readonly evidence: string;
  readonly family?: GuestSystem['family'] | undefined;
  readonly name?: string | undefined;
  readonly displayManager?: string | undefined;
  readonly architecture?: GuestSystem['architecture'] | undefined;
}
