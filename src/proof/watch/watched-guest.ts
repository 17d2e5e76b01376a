import type { Guest } from '../../qemu/guest.ts';

/** What watching needs of a guest. */
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
>;
