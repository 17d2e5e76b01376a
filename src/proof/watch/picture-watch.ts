import type { GuestSystem } from '../../model/image.ts';
import type { Picture } from '../../model/picture.ts';
import type { VerdictState } from '../../model/verdict.ts';
import type { Match, MatchedRule } from '../classify.ts';
import { classifyPicture, type PictureMatch } from '../classify-picture.ts';
import type { PictureScene } from '../rules/picture/picture-rule.ts';
import { findSpinner } from '../screen/layout/compare-layouts.ts';
import { describeLayout } from '../screen/layout/describe-layout.ts';
import { OpticalReader, type OpticalReading } from '../screen/optical-reader.ts';
import { describePicture } from '../screen/picture-facts.ts';
import { defaultPolicy, isPassing } from '../verdicts.ts';
import type { Scene } from './scene-reader.ts';

interface Finding {
  /** Which of the pictures was read: their number goes up whenever the screen moves. */
  readonly generation: number;
  readonly reading: OpticalReading;
  readonly matches: readonly Match[];
}

export interface PictureWatchOptions {
  readonly family: GuestSystem['family'] | undefined;
  readonly signal: AbortSignal;
  /** Seconds for which a screen must stand still before it is read. */
  readonly stillSeconds: number;
}

/** Recognition may take so many seconds at once, and in the long run this share of a processor. */
const startingBudget = 15;
const ownShare = 0.03;
/** A screen that never stands still is read all the same after so many seconds. */
const restlessSeconds = 10;
/** Stages that a boot passes through: told also from a picture that has moved on a little. */
const stages = new Set<VerdictState>(['updating', 'disk_check', 'kernel_started']);

/** Reads graphical screens in the background, and tells what their rules conclude. */
export class PictureWatch {
  readonly #options: PictureWatchOptions;
  readonly #optical = new OpticalReader();
  #generation = 0;
  /** The picture since the last movement, and the one before it. */
  #now: Picture | undefined;
  #before: Picture | undefined;
  #movedAt = 0;
  #finding: Finding | undefined;
  #reading: Promise<void> | undefined;
  #readAt = -Infinity;
  /** Seconds that recognition has taken so far. */
  #cost = 0;
  #tried = -1;

  constructor(options: PictureWatchOptions) {
    this.#options = options;
  }

  /**
   * What is known of the screen now; starts reading it when it is time to. `tryHarder` reads it exactly, with more effort, and
   * says whether that did.
   */
  consider(scene: Scene, now: number, tryHarder: () => boolean): Finding | undefined {
    if (scene.moved) {
      this.#generation += 1;
      this.#movedAt = now;
      this.#before = this.#now;
      this.#now = scene.picture;
    }
    if (!isUnread(scene)) {
      this.#finding = undefined;
      return undefined;
    }
    if (this.#isDue(now)) {
      this.#tried = this.#generation;
      if (tryHarder()) return undefined;
      const spinner = this.#before && findSpinner(this.#before, scene.picture);
      this.#reading = this.#read(scene, this.#generation, spinner).finally(() => {
        this.#reading = undefined;
      });
    }
    return this.#current();
  }

  close(): Promise<void> {
    return this.#optical.close();
  }

  #isDue(now: number): boolean {
    if (this.#reading !== undefined || this.#tried === this.#generation) return false;
    const isStill = now - this.#movedAt >= this.#options.stillSeconds;
    const isRestless = now - this.#readAt >= restlessSeconds && this.#readAt !== -Infinity;
    if (!isStill && !isRestless) {
      // The first picture counts from when it was seen, or a restless screen would never be due.
      if (this.#readAt === -Infinity) this.#readAt = now;
      return false;
    }
    if (this.#cost > startingBudget + now * ownShare) return false;
    this.#readAt = now;
    return true;
  }

  #current(): Finding | undefined {
    if (this.#finding === undefined || this.#finding.generation === this.#generation) return this.#finding;
    const matches = this.#finding.matches.filter(({ rule }) => stages.has(rule.state));
    return matches.length === 0 ? undefined : { ...this.#finding, matches };
  }

  async #read({ picture }: Scene, generation: number, spinner: PictureScene['spinner']): Promise<void> {
    const began = performance.now();
    try {
      const { signal, family: known } = this.#options;
      const family = known === 'unknown' ? undefined : known;
      const layout = describeLayout(picture);
      const classify = ({ lines, boxes }: OpticalReading): PictureMatch[] =>
        classifyPicture({ picture, layout, lines, boxes, family, spinner });
      const english = await this.#optical.read(picture, signal);
      const matches = classify(english);
      this.#finding = { generation, reading: english, matches: matches.map(toMatch) };
      // What English does not explain may be in another language, where its data is at hand.
      if (matches.length > 0 || !describePicture(picture).graphical) return;
      const other = await this.#optical.readInOtherLanguages(picture, read => classify(read).length > 0, signal);
      const found = classify(other);
      if (found.length > 0) this.#finding = { generation, reading: other, matches: found.map(toMatch) };
    } catch {
      // Cancelled: nobody asks for it any more.
    } finally {
      this.#cost += (performance.now() - began) / 1000;
    }
  }
}

/** Whether there is something to see that could not be read exactly. */
function isUnread({ reading, picture }: Scene): boolean {
  return (reading.method === 'none' || reading.method === 'ocr') && !describePicture(picture).blank;
}

function toMatch({ rule, line = '', stopCode, failedModule }: PictureMatch): Match {
  const { id, state, reason, certainty, seconds } = rule;
  // What passes, and a blue screen, stand there whatever the disk does; all others may go on by themselves.
  const still = !isPassing(state, defaultPolicy) && state !== 'blue_screen';
  const matched: MatchedRule = { id, state, reason, certainty, seconds, still, passing: stages.has(state) };
  return { rule: matched, source: 'screen', line, exact: true, stopCode, failedModule };
}
