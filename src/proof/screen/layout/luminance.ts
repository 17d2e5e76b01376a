import type { Picture } from '../../../model/picture.ts';

/** How bright every pixel is, from 0 to 255, row by row. */
export interface Luminance {
  readonly width: number;
  readonly height: number;
  readonly values: Uint8Array;
}

/** The brightness of all pixels; what looks for shapes works on it. */
export function measureLuminance({ rgb, width, height }: Picture): Luminance {
  const values = new Uint8Array(width * height);
  for (let pixel = 0, at = 0; pixel < values.length; pixel++, at += 3) {
    values[pixel] = ((rgb[at] ?? 0) * 77 + (rgb[at + 1] ?? 0) * 150 + (rgb[at + 2] ?? 0) * 29) >> 8;
  }
  return { width, height, values };
}
