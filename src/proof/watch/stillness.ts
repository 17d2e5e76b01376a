import type { Picture } from '../../model/picture.ts';

export interface Movement {
  /** Some pixel differs from the last picture. */
  readonly changed: boolean;
  /** More differs than a blinking cursor or a clock would explain. */
  readonly moved: boolean;
}

/** A cursor or a clock, in pixels: a row of text of the largest console font, twenty letters of a common one. */
const smallHeight = 34;
const smallWidth = 170;

/** Tells a screen on which something happens from one that only blinks. */
export class Stillness {
  #last: Picture | undefined;
  #reference: Picture | undefined;

  /** Compares with the picture before, and with the one that was there when it last moved. */
  compare(picture: Picture): Movement {
    const last = this.#last;
    this.#last = picture;
    if (last && isSame(last, picture)) return { changed: false, moved: false };
    const moved = !this.#reference || !isSmall(this.#reference, picture);
    if (moved) this.#reference = picture;
    return { changed: true, moved };
  }
}

function isSame(one: Picture, other: Picture): boolean {
  if (one === other) return true;
  return one.width === other.width && one.height === other.height && Buffer.compare(one.rgb, other.rgb) === 0;
}

function isSmall(one: Picture, other: Picture): boolean {
  if (one.width !== other.width || one.height !== other.height) return false;
  const stride = one.width * 3;
  const rows = [];
  for (let y = 0; y < one.height; y++) {
    const same = Buffer.compare(
      one.rgb.subarray(y * stride, (y + 1) * stride),
      other.rgb.subarray(y * stride, (y + 1) * stride),
    );
    if (same !== 0) rows.push(y);
  }
  const [top = 0] = rows;
  if ((rows.at(-1) ?? 0) - top >= smallHeight) return false;
  let left = stride;
  let right = 0;
  for (const y of rows) {
    for (let at = 0; at < stride; at++) {
      if (one.rgb[y * stride + at] === other.rgb[y * stride + at]) continue;
      left = Math.min(left, at);
      right = Math.max(right, at);
    }
  }
  return right - left < smallWidth * 3;
}
