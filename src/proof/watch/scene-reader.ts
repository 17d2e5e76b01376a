import type { Picture } from '../../model/picture.ts';
import type { Observation } from '../classify.ts';
import { countdown } from '../rules/countdown.ts';
import { loginRules } from '../rules/login.ts';
import { findPromptLine } from '../rules/prompt-line.ts';
import { listConsoleLines } from '../screen/console-lines.ts';
import { ScreenReader, type ScreenReading, unreadScreen } from '../screen/read-screen.ts';
import { listSerialLines } from '../screen/serial-lines.ts';
import { SpinnerWatch } from './spinner-watch.ts';
import { Stillness } from './stillness.ts';
import type { WatchedGuest } from './watched-guest.ts';

/** How much of the serial line's end is listened to between looks, in characters. */
const heardLength = 2000;

export interface Scene {
  readonly picture: Picture;
  readonly reading: ScreenReading;
  readonly observation: Observation;
  /** Text or picture differ from the last look in any way. */
  readonly changed: boolean;
  /** They differ by more than a cursor or a clock. */
  readonly progressed: boolean;
  /** The picture does. */
  readonly moved: boolean;
  /** A small part of a drawn screen moves all the time. */
  readonly spins: boolean;
}

type Movements = Pick<Scene, 'changed' | 'progressed' | 'moved' | 'spins'>;

/** Looks at a guest again and again, and reads only what has changed. */
export class SceneReader {
  readonly #guest: WatchedGuest;
  readonly #reader = new ScreenReader();
  readonly #stillness = new Stillness();
  readonly #spinner: SpinnerWatch;
  #picture: Picture | undefined;
  #reading = unreadScreen;
  #screen: readonly string[] = [];
  #serial = '';
  #serialStart = 0;
  #heard = '';
  #firmware = '';
  #firmwareStart = 0;
  #spoken: Pick<Observation, 'serial' | 'firmware'> = { serial: [], firmware: [] };
  #observation: Observation = { screen: [], screenMethod: 'none', serial: [], firmware: [] };

  constructor(guest: WatchedGuest, spinner = new SpinnerWatch()) {
    this.#guest = guest;
    this.#spinner = spinner;
  }

  async look(signal: AbortSignal): Promise<Scene> {
    const now = await this.#guest.screendump(signal);
    const { changed, moved } = this.#stillness.compare(now);
    // What is known of a picture is known of its twin.
    const picture = changed ? now : (this.#picture ?? now);
    this.#picture = picture;
    const read = changed ? await this.#readPicture(picture, signal) : false;
    const spins = await this.#watchSpinner(picture, { changed, moved }, signal);
    const [serial, firmware] = [await this.#guest.serial(), await this.#guest.firmwareLog()];
    const spoke = serial !== this.#serial || firmware !== this.#firmware;
    this.#serial = serial;
    this.#firmware = firmware;
    if (spoke) this.#listSpoken();
    if (changed || spoke) this.#observe();
    return this.#describe(picture, {
      changed: changed || spoke,
      progressed: moved || read || spoke || spins,
      moved,
      spins,
    });
  }

  /**
   * Whether the serial line has come to a prompt since this was asked last: then it is time for a look. Costs next to nothing
   * beside one.
   */
  async hearsPrompt(): Promise<boolean> {
    const serial = await this.#guest.serial();
    if (serial === this.#heard) return false;
    this.#heard = serial;
    const line = findPromptLine(
      listSerialLines(serial.slice(Math.max(this.#serialStart, serial.length - heardLength))),
    );
    return line !== undefined && loginRules.some(({ patterns }) => patterns.some(pattern => pattern.test(line)));
  }

  /** Reads the picture once more, with more effort. */
  readThoroughly(scene: Scene): Scene {
    const reading = this.#reader.read(scene.picture, undefined, true);
    return reading.method === 'none' ? scene : this.acceptReading(scene, reading);
  }

  /** Takes text of the picture that was read in another way. */
  acceptReading(scene: Scene, reading: ScreenReading): Scene {
    this.#reading = reading;
    this.#screen = listConsoleLines(reading.lines, reading.columns);
    this.#observe();
    return this.#describe(scene.picture, scene);
  }

  /** What was written so far belongs to a boot that is over. */
  restart(): void {
    this.#serialStart = this.#serial.length;
    this.#firmwareStart = this.#firmware.length;
    this.#listSpoken();
    this.#observe();
  }

  // On a screen of text, what moves is read: there a clock with the cursor beside it looks much like a spinner.
  async #watchSpinner(
    picture: Picture,
    { changed, moved }: Pick<Movements, 'changed' | 'moved'>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { method } = this.#reading;
    if (moved || method === 'vga' || method === 'glyph') {
      this.#spinner.restart();
      return false;
    }
    return await this.#spinner.update(picture, changed, () => this.#guest.screendump(signal));
  }

  // True when the text has changed by more than a clock.
  async #readPicture(picture: Picture, signal: AbortSignal): Promise<boolean> {
    const vgaText = await this.#guest.vgaText(signal, picture);
    this.#reading = this.#reader.read(picture, vgaText);
    const before = this.#screen;
    this.#screen = listConsoleLines(this.#reading.lines, this.#reading.columns);
    return hasMeaning(before, this.#screen);
  }

  #listSpoken(): void {
    this.#spoken = {
      serial: listSerialLines(this.#serial.slice(this.#serialStart)),
      firmware: listSerialLines(this.#firmware.slice(this.#firmwareStart)),
    };
  }

  #observe(): void {
    this.#observation = { screen: this.#screen, screenMethod: this.#reading.method, ...this.#spoken };
  }

  #describe(picture: Picture, { changed, progressed, moved, spins }: Movements): Scene {
    return { picture, reading: this.#reading, observation: this.#observation, changed, progressed, moved, spins };
  }
}

/** 12:34, 1:02:03 PM, 00h05: what a clock shows, which says nothing of the machine. */
const clock = /\b\d{1,2}[:.h]\d{2}\b/;

// A clock changes digits only. What counts does so as well, and means that something goes on.
function hasMeaning(before: readonly string[], after: readonly string[]): boolean {
  const strip = (text: string): string => text.replace(/[_█\s\ufffd]/g, '');
  const letters = (lines: readonly string[]): string => strip(lines.join('\n')).replace(/\d/g, '');
  if (letters(before) !== letters(after)) return true;
  return after.some((line, index) => {
    if (strip(line) === strip(before[index] ?? '')) return false;
    return countdown.test(line) || !clock.test(line);
  });
}
