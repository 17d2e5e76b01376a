import type { Picture } from '../../model/picture.ts';
import { measureChange } from '../screen/measure-change.ts';

/** The share of a screen that a large clock, a status line or a meter takes which never stands still. */
const smallShare = 0.02;

/** Whether two pictures of a screen differ by no more than something small that is always moving, such as a large clock. */
export function isNearly(one: Picture, other: Picture): boolean {
  return measureChange(one, other, smallShare) <= smallShare;
}

/** Since when a screen is the same but for something small that never stands still. */
export class SettledPicture {
  #picture: Picture | undefined;
  #since = 0;
  #used = false;

  /** Takes in a picture that differs from the one before. */
  add(picture: Picture, now: number): void {
    if (this.#picture && isNearly(this.#picture, picture)) return;
    this.#picture = picture;
    this.#since = now;
    this.#used = false;
  }

  /** Whether it has been the same for so long, and nobody was told so yet. */
  isDue(now: number, seconds: number): boolean {
    return this.#picture !== undefined && !this.#used && now - this.#since >= seconds;
  }

  /** It was read. */
  use(): void {
    this.#used = true;
  }
}
