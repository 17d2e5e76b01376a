/** Longest time until the verdict with hardware that works at full speed, in seconds. */
const fullSpeedLimit = 300;
/** What the trial guest's work takes on a host that counts as fast, in milliseconds: some 10 with hardware. */
const fastMilliseconds = 40;
const mostPatience = 6;

/** The longest time until the verdict for an accelerator that took so many milliseconds for the trial guest's work. */
export function scaleLimit(workMilliseconds: number | undefined): number {
  const slowness = (workMilliseconds ?? 0) / fastMilliseconds;
  return Math.round(fullSpeedLimit * Math.min(Math.max(slowness, 1), mostPatience));
}
