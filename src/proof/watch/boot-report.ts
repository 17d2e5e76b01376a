import type { ProofPhase, ProofSignal, TimelineEntry } from '../../model/proof.ts';
import type { Verdict } from '../../model/verdict.ts';
import type { GuestEvent } from '../../qemu/guest.ts';
import type { Match } from '../classify.ts';
import type { WatchOptions } from '../watch-guest.ts';
import { nameScreen } from './name-screen.ts';
import type { Scene } from './scene-reader.ts';
import { SignalLog } from './signal-log.ts';
import { Timeline } from './timeline.ts';

interface ReportOptions extends Pick<WatchOptions, 'progress' | 'keepPicture'> {
  readonly now: () => number;
}

/** What was noticed at one look. */
export interface Noticed {
  readonly scene: Scene | undefined;
  readonly matches: readonly Match[];
  readonly events: readonly GuestEvent[];
  /** What the guest agent said. */
  readonly agent: string | undefined;
  readonly activity: { readonly disk: string; readonly processor: string };
}

/** Seconds between two reports when nothing new happens. */
const reportInterval = 5;
const mostCaptures = 14;

/** Keeps what a boot left behind while it was watched: its phases, the signals with their times, and pictures. */
export class BootReport {
  readonly #options: ReportOptions;
  readonly #timeline = new Timeline();
  readonly #signals = new SignalLog();
  readonly #rules = new Map<string, string>();
  #events = 0;
  #hasSpun = false;
  #lastReport = 0;
  #captures = 0;
  #keepingFailure: unknown;

  constructor(options: ReportOptions) {
    this.#options = options;
  }

  get phase(): ProofPhase {
    return this.#timeline.phase;
  }

  get timeline(): TimelineEntry[] {
    return this.#timeline.entries;
  }

  get signals(): ProofSignal[] {
    return this.#signals.entries;
  }

  /** What keeping a picture has thrown. */
  get keepingFailure(): unknown {
    return this.#keepingFailure;
  }

  /** Looks for the signs of a new phase. */
  advance(lines: readonly string[]): TimelineEntry | undefined {
    return this.#timeline.advance(lines, this.#options.now());
  }

  /** Records what differs from the look before. */
  note({ scene, matches, events, agent, activity }: Noticed): void {
    const now = this.#options.now();
    if (scene) this.#noteScene(scene, now);
    for (const { name, data } of events.slice(this.#events)) {
      this.#signals.add(now, 'event', `QEMU reports ${name} ${JSON.stringify(data)}`);
    }
    this.#events = Math.max(this.#events, events.length);
    this.#signals.change(now, 'disk', 'disk', activity.disk);
    if (activity.processor !== '') this.#signals.change(now, 'processor', 'processor', activity.processor);
    if (agent !== undefined) this.#signals.change(now, 'agent', 'agent', `The guest agent answers: ${agent}`);
    this.#noteRules(matches, now);
  }

  /** Tells of a new phase, or every few seconds what is waited for. */
  async tell(scene: Scene, entry: TimelineEntry | undefined, still: number): Promise<void> {
    const at = this.#options.now();
    if (entry) {
      this.#tell(entry);
      await this.#capture(scene);
    } else if (at - this.#lastReport >= reportInterval) {
      const message =
        still < reportInterval ? 'The machine is at work.' : `Nothing has changed for ${Math.floor(still)} s.`;
      this.#tell({ at, phase: this.phase, message });
    }
  }

  async restart(scene: Scene | undefined, count: number): Promise<void> {
    this.#tell(this.#timeline.restart(this.#options.now(), `The guest restarted the machine (${count}).`));
    await this.#capture(scene);
  }

  async end(scene: Scene | undefined, { rule, state, reason }: Verdict): Promise<void> {
    const now = this.#options.now();
    this.#signals.add(now, 'rule', `${rule} decides: ${state}`);
    this.#options.progress?.(this.#timeline.end(now, reason));
    await this.#capture(scene);
  }

  #noteScene({ picture, reading, observation, spins }: Scene, now: number): void {
    this.#signals.change(now, 'picture', 'picture', nameScreen(picture));
    if (spins || this.#hasSpun) {
      const moves = spins ? 'A small part of the screen moves all the time: a spinner.' : 'The spinner stands still.';
      this.#signals.change(now, 'picture', 'spinner', moves);
    }
    this.#hasSpun ||= spins;
    if (reading.method !== 'none') this.#signals.change(now, 'screen', 'method', `Text is read: ${reading.method}`);
    const last = observation.serial.length > 0 ? 'The serial line speaks.' : 'The serial line is silent.';
    this.#signals.change(now, 'serial', 'serial', last);
  }

  #noteRules(matches: readonly Match[], now: number): void {
    const held = new Map(matches.map(({ rule, source, line }) => [`${rule.id} (${source})`, line]));
    for (const [key, line] of held) {
      if (!this.#rules.has(key)) this.#signals.add(now, 'rule', `${key} begins to hold: ${line}`);
    }
    for (const key of this.#rules.keys()) {
      if (!held.has(key)) this.#signals.add(now, 'rule', `${key} no longer holds`);
    }
    this.#rules.clear();
    for (const [key, line] of held) this.#rules.set(key, line);
  }

  #tell(entry: TimelineEntry): void {
    this.#lastReport = this.#options.now();
    this.#options.progress?.(entry);
  }

  async #capture(scene: Scene | undefined): Promise<void> {
    if (!scene || this.#captures >= mostCaptures) return;
    // The last place is kept for the screen at the end.
    if (this.#captures === mostCaptures - 1 && this.phase !== 'verdict') return;
    this.#captures++;
    try {
      await this.#options.keepPicture?.(scene.picture, this.#options.now(), this.phase);
    } catch (error) {
      this.#keepingFailure = error;
      throw error;
    }
  }
}
