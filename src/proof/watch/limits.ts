/** How long to wait for what, in seconds unless said otherwise. */
export interface WatchLimits {
  /** Without any change while the guest's processor idles, or the host does not tell. */
  readonly idle: number;
  /** The same while the processor is busy. */
  readonly busy: number;
  /** Between two attempts at optical recognition, and how long a screen must stand still before one. */
  readonly optical: number;
  /** Times that a guest may restart itself. */
  readonly resets: number;
  /** Shortest and longest time between two looks, in milliseconds. */
  readonly shortestMs: number;
  readonly longestMs: number;
}

export const defaultLimits: WatchLimits = {
  idle: 30,
  busy: 60,
  optical: 10,
  resets: 3,
  shortestMs: 100,
  longestMs: 500,
};
