import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import type { Picture } from '../../model/picture.ts';

/** A clock or a cursor seldom changes within so many milliseconds, a spinner always does. */
const shortly = 150;
/** How many instants are judged together, how many of them must differ, and how many looks a spinner has at least. */
const instants = 10;
const leastMoving = 8;
const leastContents = 5;
/** Before a screen has stood still for so long, in seconds, nothing depends on it. */
const lookAfter = 10;

/**
 * Tells a small part of a drawn screen that moves all the time, such as a spinner, from one that blinks or counts seconds:
 * what draws it is alive.
 */
export class SpinnerWatch {
  readonly #after: number;
  readonly #instant: number;
  #instants: { readonly moves: boolean; readonly content: number }[] = [];
  #movedAt = performance.now();

  constructor(after = lookAfter, instant = shortly) {
    this.#after = after;
    this.#instant = instant;
  }

  /** More than a small part has changed. */
  restart(): void {
    this.#instants = [];
    this.#movedAt = performance.now();
  }

  /**
   * Takes in a look at a drawn screen of which at most a small part has changed; whether that part moves all the time.
   * `lookAgain`: takes another picture.
   */
  async update(picture: Picture, changed: boolean, lookAgain: () => Promise<Picture>): Promise<boolean> {
    if (performance.now() - this.#movedAt < this.#after * 1000) return false;
    const moves = changed && (await differsAfter(this.#instant, picture, lookAgain));
    this.#instants.push({ moves, content: moves ? crc32(picture.rgb) : 0 });
    if (this.#instants.length > instants) this.#instants.shift();
    const moving = this.#instants.filter(each => each.moves);
    return moving.length >= leastMoving && new Set(moving.map(({ content }) => content)).size >= leastContents;
  }
}

async function differsAfter(
  milliseconds: number,
  { rgb }: Picture,
  lookAgain: () => Promise<Picture>,
): Promise<boolean> {
  await sleep(milliseconds);
  return Buffer.compare(rgb, (await lookAgain()).rgb) !== 0;
}
