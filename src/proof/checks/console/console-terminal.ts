import { setTimeout as wait } from 'node:timers/promises';
import { cancelledFault, Fault } from '../../../errors/fault.ts';
import type { Guest } from '../../../qemu/guest.ts';
import type { LayoutName } from '../../../qemu/input/all-layouts.ts';
import { parseChord } from '../../../qemu/input/parse-chord.ts';
import { planTyping } from '../../../qemu/input/plan-typing.ts';
import { pressChord, timeChord } from '../../../qemu/input/press-chord.ts';
import type { Chord } from '../../../qemu/input/typing-map.ts';
import { listConsoleLines } from '../../screen/console-lines.ts';
import { ScreenReader } from '../../screen/read-screen.ts';

/** A text console: what stands on it, and its keyboard. */
export interface Terminal {
  /** The lines on the screen; undefined when no text can be read exactly. */
  read(signal: AbortSignal): Promise<readonly string[] | undefined>;
  /** Types a text. Fault `invalid`, which tells nothing of the text, for one that the keyboard does not have. */
  type(text: string, signal: AbortSignal): Promise<void>;
  /** Presses keys together, e.g. "ctrl-c". */
  press(chord: string, signal: AbortSignal): Promise<void>;
}

/** Milliseconds for each character: an emulated keyboard that gets more than its guest takes loses some. */
const intervalMs = 33;
const holdMs = 12;

/** The screen and the keyboard of a running guest. */
export class ConsoleTerminal implements Terminal {
  readonly #guest: Pick<Guest, 'qmp' | 'screendump' | 'vgaText'>;
  readonly #layout: LayoutName;
  readonly #reader = new ScreenReader();

  constructor(guest: Pick<Guest, 'qmp' | 'screendump' | 'vgaText'>, layout: LayoutName) {
    this.#guest = guest;
    this.#layout = layout;
  }

  async read(signal: AbortSignal): Promise<readonly string[] | undefined> {
    const picture = await this.#guest.screendump(signal);
    const { method, lines, columns } = this.#reader.read(picture, await this.#guest.vgaText(signal), true);
    return method === 'none' ? undefined : listConsoleLines(lines, columns);
  }

  async type(text: string, signal: AbortSignal): Promise<void> {
    for (const chords of this.#plan(text)) for (const chord of chords) await this.#tap(chord, signal);
  }

  async press(chord: string, signal: AbortSignal): Promise<void> {
    await this.#tap(parseChord(chord, 'chord'), signal);
  }

  /** What a keyboard lacks could be a part of a password: the Fault of the plan names it, this one does not. */
  #plan(text: string): readonly (readonly Chord[])[] {
    try {
      return planTyping(text, this.#layout);
    } catch {
      throw new Fault(
        'invalid',
        `A character is not on the keyboard layout "${this.#layout}" of the guest's console.`,
        {
          remedy: 'Use a user whose name and password have ASCII characters, or install the guest agent.',
        },
      );
    }
  }

  async #tap(chord: Chord, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw cancelledFault(signal, 'Typing at the console');
    const began = performance.now();
    await pressChord(this.#guest.qmp, chord, holdMs, signal);
    const spent = performance.now() - began;
    await wait(Math.max(1, timeChord(chord, holdMs) - spent, intervalMs - spent));
  }
}
