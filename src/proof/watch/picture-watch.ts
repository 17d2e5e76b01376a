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
import { isNearly, SettledPicture } from './settled-picture.ts';

interface Finding {
  /** Which of the pictures was read: their number goes up whenever the screen moves. */
  readonly generation: number;
  readonly picture: Picture;
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
/** What other languages than English may take beside that. */
const startingBudgetOfOthers = 10;
const shareOfOthers = 0.02;
/** A screen that never stands still is read all the same after so many seconds: sooner when it is only a part that moves. */
const restlessSeconds = 10;
const settledSeconds = 3;
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
  readonly #settled = new SettledPicture();
  #finding: Finding | undefined;
  /** What still holds of the finding on the picture of a later generation. */
  #kept: { readonly of: Finding; readonly generation: number; readonly finding: Finding | undefined } | undefined;
  #reading: Promise<void> | undefined;
  /** A reading in other languages, which no reading of a newer picture waits for. */
  #others: Promise<void> | undefined;
  #costOfOthers = 0;
  #readAt = -Infinity;
  /** Seconds of a processor that recognition has taken so far. */
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
    if (scene.moved) this.#settled.add(scene.picture, now);
    if (this.#isDue(now)) {
      this.#tried = this.#generation;
      if (tryHarder()) return undefined;
      const spinner = this.#before && findSpinner(this.#before, scene.picture);
      this.#reading = this.#read(scene, this.#generation, spinner, now).finally(() => {
        this.#reading = undefined;
      });
    }
    return this.#current(scene.picture);
  }

  close(): Promise<void> {
    return this.#optical.close();
  }

  #isDue(now: number): boolean {
    if (this.#reading !== undefined || this.#tried === this.#generation) return false;
    const isStill = now - this.#movedAt >= this.#options.stillSeconds;
    const isRestless = now - this.#readAt >= restlessSeconds && this.#readAt !== -Infinity;
    const isSettled = this.#settled.isDue(now, settledSeconds * this.#options.stillSeconds);
    if (!isStill && !isRestless && !isSettled) {
      // The first picture counts from when it was seen, or a restless screen would never be due.
      if (this.#readAt === -Infinity) this.#readAt = now;
      return false;
    }
    if (this.#cost > startingBudget + now * ownShare) return false;
    this.#readAt = now;
    this.#settled.use();
    return true;
  }

  #current(picture: Picture): Finding | undefined {
    const finding = this.#finding;
    if (finding === undefined || finding.generation === this.#generation) return finding;
    if (this.#kept?.of !== finding || this.#kept.generation !== this.#generation) {
      this.#kept = { of: finding, generation: this.#generation, finding: keep(finding, picture) };
    }
    return this.#kept.finding;
  }

  async #read({ picture }: Scene, generation: number, spinner: PictureScene['spinner'], now: number): Promise<void> {
    const cost = startMeter();
    try {
      const { signal, family: known } = this.#options;
      const family = known === 'unknown' ? undefined : known;
      const layout = describeLayout(picture);
      const classify = ({ lines, boxes }: OpticalReading): PictureMatch[] =>
        classifyPicture({ picture, layout, lines, boxes, family, spinner });
      const english = await this.#optical.read(picture, signal);
      const matches = classify(english);
      this.#finding = { generation, picture, reading: english, matches: matches.map(toMatch) };
      // What English does not explain may be in another language, where its data is at hand.
      if (isExplained(matches) || !describePicture(picture).graphical) return;
      if (this.#others !== undefined || this.#costOfOthers > startingBudgetOfOthers + now * shareOfOthers) return;
      this.#others = this.#readInOtherLanguages(picture, generation, english, classify).finally(() => {
        this.#others = undefined;
      });
    } catch {
      // Cancelled: nobody asks for it any more.
    } finally {
      this.#cost += cost();
    }
  }

  async #readInOtherLanguages(
    picture: Picture,
    generation: number,
    english: OpticalReading,
    classify: (reading: OpticalReading) => PictureMatch[],
  ): Promise<void> {
    const cost = startMeter();
    try {
      const { signal } = this.#options;
      const explains = (read: OpticalReading): boolean => isExplained(classify(read));
      const other = await this.#optical.readInOtherLanguages(picture, english, explains, signal);
      const found = classify(other);
      // A newer picture may have been read meanwhile.
      if (!isExplained(found) || this.#finding?.generation !== generation) return;
      this.#finding = { generation, picture, reading: other, matches: found.map(toMatch) };
    } catch {
      // Cancelled: nobody asks for it any more.
    } finally {
      this.#costOfOthers += cost();
    }
  }
}

/** Whether a rule tells more than that a system starts: what it does meanwhile may be said in another language. */
function isExplained(matches: readonly PictureMatch[]): boolean {
  return matches.some(({ rule }) => rule.state !== 'kernel_started');
}

/** Seconds of a processor since now, at most those that went by: on a busy host, waiting for a turn costs nothing. */
function startMeter(): () => number {
  const began = performance.now();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return Math.min(performance.now() - began, (user + system) / 1000) / 1000;
  };
}

/**
 * What a finding says of a later picture: which stage it was, and that somebody can sign in or has, as long as only a clock or
 * a meter has moved on.
 */
function keep(finding: Finding, picture: Picture): Finding | undefined {
  const passes = finding.matches.some(({ rule }) => isPassing(rule.state, defaultPolicy));
  const isSame = passes && isNearly(finding.picture, picture);
  const matches = isSame ? finding.matches : finding.matches.filter(({ rule }) => stages.has(rule.state));
  return matches.length === 0 ? undefined : { ...finding, matches };
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
