import type { Verdict } from '../../model/verdict.ts';
import { classify, listAllLines, type Match } from '../classify.ts';
import { machineRules } from '../rules/machine.ts';
import { unreadScreen } from '../screen/read-screen.ts';
import { applyPolicy, createTextVerdict, createVerdict, isPassing } from '../verdicts.ts';
import type { WatchOptions, WatchResult } from '../watch-guest.ts';
import { AgentWatch } from './agent-watch.ts';
import { BootProgramTrace } from './boot-program-trace.ts';
import { BootReport } from './boot-report.ts';
import { judgeEvents, judgeStatus, listResets } from './judge-machine.ts';
import { describeHeld, describeLimit, findStage } from './judge-stage.ts';
import type { WatchLimits } from './limits.ts';
import { listCredible } from './list-credible.ts';
import { ObservedTime } from './observed-time.ts';
import { Patience } from './patience.ts';
import { PictureWatch } from './picture-watch.ts';
import { ProgressWatch } from './progress-watch.ts';
import { RestartWatch } from './restart-watch.ts';
import { type Scene, SceneReader } from './scene-reader.ts';
import type { WatchedGuest } from './watched-guest.ts';

export interface JudgeOptions extends Omit<WatchOptions, 'limits' | 'passOn'> {
  readonly limits: WatchLimits;
  readonly passOn: NonNullable<WatchOptions['passOn']>;
  /** Seconds since the guest was started. */
  readonly now: () => number;
}

/** Seconds between two questions for the machine's state. */
const statusInterval = 3;
/** A QEMU that has not answered for so many seconds when time is up no longer does. */
const longestAnswer = 20;

/** Looks at a guest, remembers what it saw, and says when that is a verdict. */
export class BootJudge {
  readonly #guest: WatchedGuest;
  readonly #options: JudgeOptions;
  readonly #scenes: SceneReader;
  readonly #report: BootReport;
  readonly #patience: Patience;
  readonly #progress: ProgressWatch;
  readonly #pictures: PictureWatch;
  readonly #agent: AgentWatch;
  readonly #trace = new BootProgramTrace();
  readonly #restarts = new RestartWatch();
  readonly #observed: ObservedTime;
  #scene: Scene | undefined;
  #finding: ReturnType<PictureWatch['consider']>;
  #matches: Match[] = [];
  #lastStatus = 0;
  #stops = 0;

  constructor(guest: WatchedGuest, options: JudgeOptions) {
    const { signal, limits, passOn, system } = options;
    const isGraphical = system?.displayManager !== undefined && isPassing('graphical_login', passOn);
    this.#guest = guest;
    this.#options = options;
    this.#observed = new ObservedTime(options.now);
    this.#scenes = new SceneReader(guest);
    this.#report = new BootReport(options);
    const textLogin = isGraphical ? limits.graphical : undefined;
    this.#patience = new Patience({ passOn, otherwise: limits.otherwise, textLogin });
    this.#progress = new ProgressWatch(guest, { signal, limits, now: () => this.#observed.seconds });
    this.#pictures = new PictureWatch({ family: system?.family, signal, stillSeconds: limits.optical });
    this.#agent = new AgentWatch(guest, signal);
  }

  /** What keeping a picture has thrown: no fault of the guest. */
  get keepingFailure(): unknown {
    return this.#report.keepingFailure;
  }

  /** Nothing has happened at the last looks. */
  get quiet(): boolean {
    return this.#progress.stillSeconds > 1;
  }

  /** How long QEMU has not answered. */
  get silentSeconds(): number {
    return this.#observed.silentSeconds;
  }

  /** Milliseconds until what was seen will have been seen for long enough; absent when nothing waits for that. */
  get ripensIn(): number | undefined {
    const { ripensAt } = this.#patience;
    return ripensAt === undefined ? undefined : (ripensAt - this.#observed.seconds) * 1000;
  }

  /** Whether something was said that is worth a look at once. */
  hearsPrompt(): Promise<boolean> {
    return this.#scenes.hearsPrompt().catch(() => false);
  }

  /** One look; a verdict when there is reason for one. */
  async look(): Promise<Verdict | undefined> {
    const { signal } = this.#options;
    const events = [...this.#guest.events];
    const seen = await this.#scenes.look(signal);
    this.#observed.look();
    const scene = this.#understand(seen);
    await this.#progress.note(scene);
    const entry = scene.changed ? this.#report.advance(listAllLines(scene.observation)) : undefined;
    if (scene.changed) this.#trace.update(scene.observation);
    this.#noteMatches();
    const moment = { now: this.#observed.seconds, lastProgress: this.#progress.lastAt, still: !scene.changed };
    const ripe = this.#patience.consider(this.#matches, moment);
    if (ripe) return this.#trace.explain(createTextVerdict(ripe));
    const machine = judgeEvents(events) ?? (await this.#askStatus());
    if (machine) return this.judgeEnd(machine);
    const restart = this.#restarts.follow(listResets(events), this.#options.limits);
    if (restart) return await this.#restart(restart === 'loop');
    await this.#report.tell(scene, entry, this.#progress.stillSeconds);
    return await this.#judgeStillness(scene);
  }

  /** A machine that ends after a panic ended because of it. */
  judgeEnd(verdict: Verdict): Verdict {
    const { panic } = this.#patience;
    return panic && verdict.state === 'inconclusive' ? createTextVerdict(panic) : verdict;
  }

  /** The verdict when time is up: what was seen all the while something else moved, or the stage that was seen last. */
  judgeLimit(limitSeconds: number): Verdict {
    if (this.silentSeconds > longestAnswer) return createVerdict(machineRules.engineUnreachable);
    const { held } = this.#patience;
    if (held) return this.#trace.explain(describeHeld(held, limitSeconds));
    return describeLimit({
      limitSeconds,
      phase: this.#report.phase,
      // Also one that is passed through in no time, as a rule.
      stage: this.#matches.find(({ rule }) => rule.passing === true),
      isOfFirmware: (this.#scene?.observation.firmware.length ?? 0) > 0,
    });
  }

  /** Notes the verdict and gives all that was seen. */
  async conclude(found: Verdict): Promise<WatchResult> {
    const { count } = this.#restarts;
    const verdict = { ...applyPolicy(found, this.#options.passOn), ...(count === 0 ? {} : { restarts: count }) };
    await this.#report.end(this.#scene, verdict);
    const { lines, method } = this.#scene?.reading ?? unreadScreen;
    return {
      verdict,
      timeline: this.#report.timeline,
      signals: this.#report.signals,
      screenText: [...lines],
      screenMethod: method,
      lastPicture: this.#scene?.picture,
    };
  }

  close(): Promise<void> {
    return this.#pictures.close();
  }

  // What could not be read exactly is read again with more effort, and then optically.
  #understand(seen: Scene): Scene {
    let scene = seen;
    const tryHarder = (): boolean => {
      scene = this.#scenes.readThoroughly(scene);
      return scene !== seen;
    };
    const finding = this.#pictures.consider(seen, this.#options.now(), tryHarder);
    const isNews = finding !== this.#finding;
    this.#finding = finding;
    if (finding && finding.reading.method !== 'none' && (isNews || seen.changed)) {
      scene = this.#scenes.acceptReading(seen, finding.reading);
    }
    this.#scene = scene;
    if (seen.changed || isNews || scene !== seen) this.#matches = this.#classify(scene);
    return scene;
  }

  #classify(scene: Scene): Match[] {
    const text = classify(scene.observation).filter(
      ({ rule }) => rule.onlyUnbootable !== true || this.#options.unbootable === true,
    );
    return listCredible([...text, ...(this.#finding?.matches ?? [])], this.#report.phase, scene);
  }

  #noteMatches(): void {
    const now = this.#options.now();
    this.#agent.poll(now);
    const others = this.#matches.filter(({ source }) => source !== 'agent');
    const stage = findStage(others);
    if (stage) this.#restarts.noteStage();
    const agent = stage === undefined ? this.#agent.match : undefined;
    this.#matches = agent === undefined ? others : [...others, agent];
    this.#report.note({
      scene: this.#scene,
      matches: this.#matches,
      events: this.#guest.events,
      agent: this.#agent.answer,
      activity: this.#progress.description,
    });
  }

  async #askStatus(): Promise<Verdict | undefined> {
    const { now, signal } = this.#options;
    const stops = this.#guest.eventCounts.STOP ?? 0;
    if (stops === this.#stops && now() - this.#lastStatus < statusInterval) return undefined;
    this.#stops = stops;
    this.#lastStatus = now();
    return judgeStatus(await this.#guest.status(signal), this.#guest.events);
  }

  async #restart(isLoop: boolean): Promise<Verdict | undefined> {
    const { panic } = this.#patience;
    const { count } = this.#restarts;
    if (panic) return createTextVerdict(panic);
    if (isLoop) {
      const reason = `The guest restarted itself ${count} times without reaching a login.`;
      return createVerdict(machineRules.rebootLoop, { reason });
    }
    this.#patience.restart();
    this.#scenes.restart();
    this.#agent.restart();
    this.#matches = [];
    await this.#report.restart(this.#scene, count);
    return undefined;
  }

  async #judgeStillness({ reading, picture }: Scene): Promise<Verdict | undefined> {
    // A rule that is only not ripe yet explains the stillness better.
    if (this.#matches.some(({ exact, rule }) => exact && rule.passing !== true)) return undefined;
    const inStage = findStage(this.#matches) !== undefined;
    const verdict = await this.#progress.judge({ reading, picture, inStage });
    const guess = this.#matches.find(({ exact }) => !exact);
    return verdict && guess ? createTextVerdict(guess) : verdict;
  }
}
