import type { Guest } from '../../qemu/guest.ts';

/** What watching needs of a guest; what stands in the second part is used where it is there. */
export type WatchedGuest = Pick<
  Guest,
  | 'activity'
  | 'eventCounts'
  | 'events'
  | 'exited'
  | 'firmwareLog'
  | 'folder'
  | 'screendump'
  | 'serial'
  | 'startedAt'
  | 'status'
  | 'vgaText'
> &
  Partial<Pick<Guest, 'agentPath' | 'processors' | 'qmp'>>;
