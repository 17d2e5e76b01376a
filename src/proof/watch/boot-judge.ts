import type { ProofPhase, TimelineEntry } from '../../model/proof.ts';
import type { Verdict } from '../../model/verdict.ts';
import { classify, listAllLines, type Match } from '../classify.ts';
import { OpticalReader } from '../screen/optical-reader.ts';
import { describePicture } from '../screen/picture-facts.ts';
import { unreadScreen } from '../screen/read-screen.ts';
import { createTextVerdict } from '../verdicts.ts';
import type { WatchOptions, WatchResult } from '../watch-guest.ts';
import { ActivityMeter } from './activity-meter.ts';
import { BootProgramTrace } from './boot-program-trace.ts';
import { judgeEvents, judgeStatus, listResets } from './judge-machine.ts';
import { judgeStillness } from './judge-stillness.ts';
import type { WatchLimits } from './limits.ts';
import { listCredible } from './list-credible.ts';
import { Patience } from './patience.ts';
import { type Scene, SceneReader } from './scene-reader.ts';
import { Timeline } from './timeline.ts';
import type { WatchedGuest } from './watched-guest.ts';

interface JudgeOptions extends Omit<WatchOptions, 'limits'> {
  readonly limits: WatchLimits;
  /** Seconds since the guest was started. */
  readonly now: () => number;
}

/** Seconds between two questions for the machine's state, and between two reports. */
const statusInterval = 3;
const reportInterval = 5;
const mostCaptures = 12;

/** Looks at a guest, remembers what it saw, and says when that is a verdict. */
export class BootJudge {
  readonly #guest: WatchedGuest;
  readonly #options: JudgeOptions;
  readonly #scenes: SceneReader;
  readonly #timeline = new Timeline();
  readonly #patience = new Patience();
  readonly #meter = new ActivityMeter();
  readonly #trace = new BootProgramTrace();
  readonly #optical = new OpticalReader();
  #scene: Scene | undefined;
  #matches: Match[] = [];
  #resets = 0;
  #lastProgress = 0;
  #lastStatus = 0;
  #stops = 0;
  #lastReport = 0;
  #lastOptical = 0;
  #captures = 0;
  #keepingFailure: unknown;

  constructor(guest: WatchedGuest, options: JudgeOptions) {
    this.#guest = guest;
    this.#options = options;
    this.#scenes = new SceneReader(guest);
  }

  get phase(): ProofPhase {
    return this.#timeline.phase;
  }

  /** What keeping a picture has thrown: no fault of the guest. */
  get keepingFailure(): unknown {
    return this.#keepingFailure;
  }

  /** Nothing has happened at the last looks. */
  get quiet(): boolean {
    return this.#options.now() - this.#lastProgress > 1;
  }

  /** Milliseconds until what was seen will have been seen for long enough; absent when nothing waits for that. */
  get ripensIn(): number | undefined {
    const { ripensAt } = this.#patience;
    return ripensAt === undefined ? undefined : (ripensAt - this.#options.now()) * 1000;
  }

  /** Whether something was said that is worth a look at once. */
  hearsPrompt(): Promise<boolean> {
    return this.#scenes.hearsPrompt().catch(() => false);
  }

  /** One look; a verdict when there is reason for one. */
  async look(): Promise<Verdict | undefined> {
    const { signal, now, limits } = this.#options;
    const events = [...this.#guest.events];
    this.#scene = await this.#scenes.look(signal);
    await this.#noteProgress(this.#scene);
    const entry = this.#scene.changed
      ? this.#timeline.advance(listAllLines(this.#scene.observation), now())
      : undefined;
    if (this.#scene.changed) {
      this.#matches = this.#classify(this.#scene);
      this.#trace.update(this.#scene.observation);
    }
    const moment = { now: now(), lastProgress: this.#lastProgress, still: !this.#scene.changed };
    const ripe = this.#patience.consider(this.#matches, moment);
    if (ripe) return this.#trace.explain(createTextVerdict(ripe));
    const machine = judgeEvents(events, limits.resets) ?? (await this.#askStatus());
    if (machine) return this.judgeEnd(machine);
    const restarted = listResets(events).length;
    if (restarted > this.#resets) return await this.#restart(restarted);
    await this.#tell(entry);
    return await this.#judgeStillness(this.#scene);
  }

  /** A machine that ends after a panic ended because of it. */
  judgeEnd(verdict: Verdict): Verdict {
    const { panic } = this.#patience;
    return panic && verdict.state === 'inconclusive' ? createTextVerdict(panic) : verdict;
  }

  /** Notes the verdict and gives all that was seen. */
  async conclude(verdict: Verdict): Promise<WatchResult> {
    const { now, progress } = this.#options;
    progress?.(this.#timeline.end(now(), verdict.reason));
    await this.#capture();
    const { lines, method } = this.#scene?.reading ?? unreadScreen;
    return {
      verdict,
      timeline: this.#timeline.entries,
      screenText: [...lines],
      screenMethod: method,
      lastPicture: this.#scene?.picture,
    };
  }

  close(): Promise<void> {
    return this.#optical.close();
  }

  async #noteProgress(scene: Scene): Promise<void> {
    const { now, signal } = this.#options;
    const hasRead = this.#meter.update(await this.#guest.activity(signal), now());
    if (scene.progressed || hasRead) this.#lastProgress = now();
  }

  async #askStatus(): Promise<Verdict | undefined> {
    const { now, signal } = this.#options;
    const stops = this.#guest.eventCounts.STOP ?? 0;
    if (stops === this.#stops && now() - this.#lastStatus < statusInterval) return undefined;
    this.#stops = stops;
    this.#lastStatus = now();
    return judgeStatus(await this.#guest.status(signal), this.#guest.events);
  }

  async #restart(resets: number): Promise<Verdict | undefined> {
    const { panic } = this.#patience;
    if (panic) return createTextVerdict(panic);
    this.#resets = resets;
    this.#patience.restart();
    this.#scenes.restart();
    this.#matches = [];
    this.#report(this.#timeline.restart(this.#options.now(), 'The guest restarted the machine.'));
    await this.#capture();
    return undefined;
  }

  #classify(scene: Scene): Match[] {
    const matches = classify(scene.observation).filter(
      ({ rule }) => rule.onlyUnbootable !== true || this.#options.unbootable === true,
    );
    return listCredible(matches, this.phase, scene);
  }

  async #tell(entry: TimelineEntry | undefined): Promise<void> {
    const now = this.#options.now();
    if (entry) {
      this.#report(entry);
      await this.#capture();
    } else if (now - this.#lastReport >= reportInterval) {
      const still = Math.floor(now - this.#lastProgress);
      const message = still < reportInterval ? 'The machine is at work.' : `Nothing has changed for ${still} s.`;
      this.#report({ at: now, phase: this.phase, message });
    }
  }

  async #judgeStillness(scene: Scene): Promise<Verdict | undefined> {
    const { limits, now } = this.#options;
    const seconds = now() - this.#lastProgress;
    if (seconds < Math.min(limits.optical, limits.idle)) return undefined;
    const read = await this.#readAgain(scene);
    if (seconds < limits.idle) return undefined;
    // A rule that is only not ripe yet explains the stillness better.
    if (this.#matches.some(match => match.exact)) return undefined;
    const facts = describePicture(read.picture);
    const started = this.phase !== 'firmware';
    const verdict = judgeStillness({ seconds, busy: this.#meter.busy, reading: read.reading, facts, started }, limits);
    const [guess] = this.#matches;
    return verdict && guess ? createTextVerdict(guess) : verdict;
  }

  // With more effort, and at last optically.
  async #readAgain(scene: Scene): Promise<Scene> {
    const { limits, now, signal } = this.#options;
    const isRead = scene.reading.method !== 'none' || describePicture(scene.picture).blank;
    if (isRead || (this.#lastOptical > 0 && now() - this.#lastOptical < limits.optical)) return scene;
    let read = this.#scenes.readThoroughly(scene);
    if (read === scene) {
      const reading = await this.#optical.read(scene.picture, signal);
      if (reading.method !== 'none') read = this.#scenes.acceptReading(scene, reading);
    }
    this.#lastOptical = now();
    this.#scene = read;
    this.#matches = this.#classify(read);
    return read;
  }

  #report(entry: TimelineEntry): void {
    this.#lastReport = this.#options.now();
    this.#options.progress?.(entry);
  }

  async #capture(): Promise<void> {
    if (!this.#scene || this.#captures >= mostCaptures) return;
    // The last place is kept for the screen at the end.
    if (this.#captures === mostCaptures - 1 && this.phase !== 'verdict') return;
    this.#captures++;
    try {
      await this.#options.keepPicture?.(this.#scene.picture, this.#options.now(), this.phase);
    } catch (error) {
      this.#keepingFailure = error;
      throw error;
    }
  }
}
