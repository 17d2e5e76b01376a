/** How long to wait for what, in seconds unless said otherwise. */
export interface WatchLimits {
  /**
   * Without any change while the guest's processor idles, or the host does not tell. Longer than quiet systems are still
   * while they wait: initramfs-tools 30 s for the root device, systemd 25 s before it says what it waits for.
   */
  readonly idle: number;
  /** The same while the processor is busy. */
  readonly busy: number;
  /** The same on an empty screen after a boot loader: a quiet system shows nothing until its prompt, whatever it waits for. */
  readonly empty: number;
  /** Between two attempts at optical recognition, and how long a screen must stand still before one. */
  readonly optical: number;
  /** Times that a guest may restart itself. */
  readonly resets: number;
  /** Shortest and longest time between two looks, in milliseconds. */
  readonly shortestMs: number;
  readonly longestMs: number;
}

export const defaultLimits: WatchLimits = {
  idle: 60,
  busy: 60,
  empty: 150,
  optical: 10,
  resets: 3,
  shortestMs: 100,
  longestMs: 500,
};
