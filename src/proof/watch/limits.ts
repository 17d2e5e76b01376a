/** How long to wait for what, in seconds unless said otherwise. */
export interface WatchLimits {
  /**
   * Without any change while the guest's processor idles, or the host does not tell. Longer than quiet systems are still
   * while they wait: initramfs-tools 30 s for the root device, systemd 25 s before it says what it waits for.
   */
  readonly idle: number;
  /** The same while the processor is busy and gets all the time that it wants. */
  readonly busy: number;
  /** How long a screen must stand still before it is read optically. */
  readonly optical: number;
  /** Restarts in a row without a sign of updates or a disk check in between, and restarts at all. */
  readonly resets: number;
  readonly stageResets: number;
  /** How long a text login must stand still where a graphical one is to be expected. */
  readonly graphical: number;
  /** How long an end state that passes under no policy given is watched for something better. */
  readonly otherwise: number;
  /** Shortest and longest time between two looks, in milliseconds. */
  readonly shortestMs: number;
  readonly longestMs: number;
}

export const defaultLimits: WatchLimits = {
  idle: 55,
  busy: 55,
  optical: 1,
  resets: 3,
  stageResets: 12,
  graphical: 25,
  otherwise: 40,
  shortestMs: 100,
  longestMs: 500,
};
