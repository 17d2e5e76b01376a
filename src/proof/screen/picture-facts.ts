import type { Picture } from '../../model/picture.ts';
import { findInkRows } from './ink-rows.ts';

export interface PictureFacts {
  /** All pixels have one colour, but for a cursor at most. */
  readonly blank: boolean;
  /** More colours than a text console uses, so something is drawn. */
  readonly graphical: boolean;
}

/** Text consoles have 16 colours, and boot loaders with a picture behind them have hundreds. */
const textColours = 40;

// Asked several times of each picture that is looked at.
const known = new WeakMap<Picture, PictureFacts>();

/** Looks at every fourth pixel of every second row: enough to tell a text console from a picture. */
export function describePicture(picture: Picture): PictureFacts {
  const facts = known.get(picture) ?? look(picture);
  known.set(picture, facts);
  return facts;
}

function look(picture: Picture): PictureFacts {
  const { rgb, width, height } = picture;
  const colours = new Set<number>();
  for (let y = 0; y < height; y += 2) {
    const end = (y + 1) * width * 3;
    for (let at = y * width * 3; at < end; at += 12) {
      colours.add(((rgb[at] ?? 0) << 16) | ((rgb[at + 1] ?? 0) << 8) | (rgb[at + 2] ?? 0));
      if (colours.size > textColours) return { blank: false, graphical: true };
    }
  }
  return { blank: isEmpty(picture), graphical: false };
}

/** Largest cursor, in pixels. */
const cursorHeight = 32;
const cursorWidth = 16;

function isEmpty(picture: Picture): boolean {
  const rows = findInkRows(picture);
  const top = rows.indexOf(1);
  if (top === -1) return true;
  if (rows.lastIndexOf(1) - top >= cursorHeight) return false;
  const stride = picture.width * 3;
  let left = stride;
  let right = 0;
  for (let y = top; y <= rows.lastIndexOf(1); y++) {
    // The last pixel of a row is background: a cursor stands at the left.
    for (let at = y * stride, last = (y + 1) * stride - 3; at < last; at++) {
      if (picture.rgb[at] === picture.rgb[last + ((at - y * stride) % 3)]) continue;
      left = Math.min(left, at - y * stride);
      right = Math.max(right, at - y * stride);
    }
  }
  return right - left < cursorWidth * 3;
}
