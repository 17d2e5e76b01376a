import type { Picture } from '../../model/picture.ts';

/** A cell of one colour: nothing to read. */
export const blankCell = 0;
/** A cell with three or more colours: part of a picture, not of a console. */
export const mixedCell = -1;

/**
 * A number that stands for the shape in a cell whatever its two colours are: the pixel at the top left counts as background.
 * Rows from `cutTop` on are left out, which takes an underline cursor away. Gives `blankCell` or `mixedCell` for what is no shape.
 * `width` is at most 32; the cell must lie inside the picture.
 */
export function hashCell(
  picture: Picture,
  left: number,
  top: number,
  width: number,
  height: number,
  cutTop = height,
): number {
  const { rgb } = picture;
  const stride = picture.width * 3;
  let row = top * stride + left * 3;
  const background = ((rgb[row] ?? 0) << 16) | ((rgb[row + 1] ?? 0) << 8) | (rgb[row + 2] ?? 0);
  let ink = -1;
  let low = 0x811c9dc5;
  let high = 0x9747b28c;
  for (let y = 0; y < cutTop; y++, row += stride) {
    let bits = 0;
    for (let x = 0, at = row; x < width; x++, at += 3) {
      const colour = ((rgb[at] ?? 0) << 16) | ((rgb[at + 1] ?? 0) << 8) | (rgb[at + 2] ?? 0);
      bits <<= 1;
      if (colour === background) continue;
      if (ink === -1) ink = colour;
      else if (colour !== ink) return mixedCell;
      bits |= 1;
    }
    low = mix(low, bits);
    high = mix(high, bits ^ 0x5bd1e995 ^ y);
  }
  if (ink === -1) return blankCell;
  for (let y = cutTop; y < height; y++) {
    low = mix(low, 0);
    high = mix(high, 0x5bd1e995 ^ y);
  }
  return (low >>> 0) * 0x200000 + (high >>> 11);
}

function mix(state: number, value: number): number {
  let mixed = Math.imul(state ^ value, 0xcc9e2d51);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0x1b873593) + 0x6b43a9b5;
  return mixed ^ (mixed >>> 13);
}
