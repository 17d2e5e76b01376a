import type { GuestActivity } from '../../qemu/guest.ts';

interface Sample {
  readonly at: number;
  readonly cpuSeconds: number;
}

/** A guest that halts its processor still costs QEMU a little. */
const busyShare = 0.25;
const window = 5;
/** A system that only waits writes as well, its logs above all; one that has written so much is at work. */
const leastWritten = 1024 * 1024;

/** Tells from QEMU's counters whether the guest uses its disk and whether its processor works. */
export class ActivityMeter {
  #readBytes = 0;
  #writtenBytes = 0;
  /** Of those, the ones that had been written when something last happened. */
  #writtenBefore = 0;
  readonly #samples: Sample[] = [];
  #mark: Sample | undefined;

  /** Bytes that the guest has read so far. */
  get readBytes(): number {
    return this.#readBytes;
  }

  /** Bytes that it has written. */
  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  /** Takes a sample; true when the guest has read from its disk since the last one, or has written much. */
  update(activity: GuestActivity, now: number): boolean {
    const hasRead = activity.diskReadBytes > this.#readBytes;
    this.#readBytes = activity.diskReadBytes;
    this.#writtenBytes = activity.diskWriteBytes;
    const isUsed = hasRead || this.#writtenBytes - this.#writtenBefore >= leastWritten;
    if (activity.cpuSeconds !== undefined) this.#samples.push({ at: now, cpuSeconds: activity.cpuSeconds });
    while ((this.#samples[1]?.at ?? now) < now - window) this.#samples.shift();
    return isUsed;
  }

  /** Something has happened: from now on `cpuSeconds` and what is written count anew. */
  mark(): void {
    this.#writtenBefore = this.#writtenBytes;
    this.#mark = this.#samples.at(-1);
  }

  /** Processor time that QEMU was given since the mark; undefined when the host does not tell. */
  get cpuSeconds(): number | undefined {
    const last = this.#samples.at(-1);
    return last && this.#mark ? last.cpuSeconds - this.#mark.cpuSeconds : undefined;
  }

  /** Whether the processor worked in the last seconds; undefined when the host does not tell. */
  get busy(): boolean | undefined {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.at - first.at < 1) return undefined;
    return (last.cpuSeconds - first.cpuSeconds) / (last.at - first.at) >= busyShare;
  }
}
