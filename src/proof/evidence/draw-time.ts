import type { Picture } from '../../model/picture.ts';

/** Each sign is three dots wide and five high; a row is three bits, the left one the highest. */
const signs: Readonly<Record<string, readonly number[]>> = {
  // Round, so that it is not taken for an 8.
  '0': [2, 5, 5, 5, 2],
  '1': [2, 6, 2, 2, 7],
  '2': [7, 1, 7, 4, 7],
  '3': [7, 1, 3, 1, 7],
  '4': [5, 5, 7, 1, 1],
  '5': [7, 4, 7, 1, 7],
  '6': [7, 4, 7, 5, 7],
  '7': [7, 1, 2, 2, 2],
  '8': [7, 5, 7, 5, 7],
  '9': [7, 5, 7, 1, 7],
  '.': [0, 0, 0, 0, 2],
  s: [3, 4, 2, 1, 6],
};
/** Pixels of a dot. */
const dot = 3;
const advance = 4 * dot;

/** How high the text of `drawTime` is, in pixels. */
export const timeHeight = 5 * dot;

/** How wide it is. */
export function measureTime(text: string): number {
  return text.length * advance - dot;
}

/** Writes a time such as "12.5s" into a picture; what does not fit in is left out. */
export function drawTime(target: Picture, text: string, left: number, top: number): void {
  for (const [index, sign] of [...text].entries()) {
    for (const [row, bits] of (signs[sign] ?? []).entries()) {
      for (let column = 0; column < 3; column++) {
        if (bits & (4 >> column)) fillDot(target, left + index * advance + column * dot, top + row * dot);
      }
    }
  }
}

function fillDot({ width, height, rgb }: Picture, left: number, top: number): void {
  for (let y = top; y < top + dot; y++) {
    for (let x = left; x < left + dot; x++) {
      if (x >= 0 && x < width && y >= 0 && y < height) rgb.fill(0xe0, (y * width + x) * 3, (y * width + x) * 3 + 3);
    }
  }
}
