import type { Picture } from '../../model/picture.ts';
import type { Verdict } from '../../model/verdict.ts';
import { describePicture } from '../screen/picture-facts.ts';
import type { ScreenReading } from '../screen/read-screen.ts';
import { ActivityMeter } from './activity-meter.ts';
import { judgeStillness } from './judge-stillness.ts';
import type { WatchLimits } from './limits.ts';
import { ProcessorWatch } from './processor-watch.ts';
import type { Scene } from './scene-reader.ts';
import type { WatchedGuest } from './watched-guest.ts';

interface ProgressOptions {
  readonly signal: AbortSignal;
  readonly limits: WatchLimits;
  readonly now: () => number;
}

interface StillScene {
  readonly reading: ScreenReading;
  readonly picture: Picture;
  readonly inStage: boolean;
}

/** Seconds of stillness before the processors are looked at. */
const lookAfter = 2;
const mebibyte = 1024 * 1024;

/** Measures whether anything goes on: screen, serial line, disk, processors. */
export class ProgressWatch {
  readonly #guest: WatchedGuest;
  readonly #options: ProgressOptions;
  readonly #meter = new ActivityMeter();
  readonly #processors = new ProcessorWatch();
  #lastAt = 0;
  #lastDisk = 0;

  constructor(guest: WatchedGuest, options: ProgressOptions) {
    this.#guest = guest;
    this.#options = options;
  }

  /** When something last happened, in seconds since the start. */
  get lastAt(): number {
    return this.#lastAt;
  }

  get stillSeconds(): number {
    return this.#options.now() - this.#lastAt;
  }

  /** What disk and processor are at, for the record. */
  get description(): { readonly disk: string; readonly processor: string } {
    const { readBytes, writtenBytes } = this.#meter;
    const isUsed = this.#options.now() - this.#lastDisk < 3 && readBytes + writtenBytes > 0;
    const written = writtenBytes < mebibyte ? '' : `, ${toMebibytes(writtenBytes)} written`;
    const { busy } = this.#meter;
    return {
      disk: isUsed ? 'The guest uses its disk.' : `The disk is quiet, ${toMebibytes(readBytes)} read so far${written}.`,
      processor: busy === undefined ? '' : `The processor is ${busy ? 'busy' : 'idle'}.`,
    };
  }

  /** Takes in one look at the guest. */
  async note({ progressed }: Pick<Scene, 'progressed'>): Promise<void> {
    const { signal, now } = this.#options;
    const hasUsedDisk = this.#meter.update(await this.#guest.activity(signal), now());
    if (hasUsedDisk) this.#lastDisk = now();
    if (progressed || hasUsedDisk) {
      this.#lastAt = now();
      this.#meter.mark();
      this.#processors.restart();
    } else if (this.stillSeconds >= lookAfter) {
      const processors = await this.#guest.processors?.(signal);
      if (processors) this.#processors.add(now(), processors);
    }
  }

  /** The verdict when the machine stands still for too long. */
  judge({ reading, picture, inStage }: StillScene): Verdict | undefined {
    const { limits } = this.#options;
    const seconds = this.stillSeconds;
    const { busy, cpuSeconds } = this.#meter;
    const stall = this.#processors.findStall(cpuSeconds);
    if (stall === undefined && seconds < Math.min(limits.idle, limits.busy)) return undefined;
    const { working, tight, exploring } = this.#processors;
    const load = { busy, cpuSeconds, working, tight, exploring, stall };
    return judgeStillness({ seconds, ...load, inStage, reading, facts: describePicture(picture) }, limits);
  }
}

function toMebibytes(bytes: number): string {
  return `${(bytes / mebibyte).toFixed(0)} MiB`;
}
