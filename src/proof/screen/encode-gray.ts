import type { Picture } from '../../model/picture.ts';
import type { Area } from './layout/layout-facts.ts';

/** What to read of a picture, and how. */
export interface GrayView {
  readonly area: Area;
  /** How often larger the letters become: recognition wants them about 30 pixels high. */
  readonly scale: number;
  /** Only what is nearly white counts as ink: light letters on a photo. Else dark on light, whichever it was. */
  readonly lightOnly: boolean;
}

/** Pixels added all around, of the colour that the edge has: text at the very edge is not recognised. */
export const grayMargin = 12;

/** The view of the picture as a grey PGM file: enlarged, and dark on light. */
export function encodeGray(picture: Picture, { area, scale, lightOnly }: GrayView): Buffer {
  const gray = toGray(picture, area, lightOnly);
  const width = area.width * scale + 2 * grayMargin;
  const height = area.height * scale + 2 * grayMargin;
  const header = Buffer.from(`P5\n${width} ${height}\n255\n`);
  const body = Buffer.alloc(width * height);
  for (let y = 0; y < height; y++) {
    // Between pixels the values go over into each other: steps would look like serifs.
    const fromTop = clamp((y - grayMargin) / scale, area.height - 1);
    const upper = Math.floor(fromTop) * area.width;
    const lower = Math.min(area.height - 1, Math.floor(fromTop) + 1) * area.width;
    for (let x = 0; x < width; x++) {
      const fromLeft = clamp((x - grayMargin) / scale, area.width - 1);
      const left = Math.floor(fromLeft);
      const right = Math.min(area.width - 1, left + 1);
      const above = blend(gray[upper + left], gray[upper + right], fromLeft - left);
      const below = blend(gray[lower + left], gray[lower + right], fromLeft - left);
      body[y * width + x] = Math.round(blend(above, below, fromTop - Math.floor(fromTop)));
    }
  }
  return Buffer.concat([header, body]);
}

function clamp(value: number, largest: number): number {
  return Math.max(0, Math.min(largest, value));
}

function blend(one = 0, other = 0, share = 0): number {
  return one + (other - one) * share;
}

/** Brightness below which nothing is ink, and above which all is, for light letters. */
const dimmest = 165;
const brightest = 220;

function toGray({ rgb, width }: Picture, area: Area, lightOnly: boolean): Uint8Array {
  const gray = new Uint8Array(area.width * area.height);
  let sum = 0;
  for (let y = 0; y < area.height; y++) {
    let at = ((area.top + y) * width + area.left) * 3;
    for (let x = 0; x < area.width; x++, at += 3) {
      const value = Math.round(0.299 * (rgb[at] ?? 0) + 0.587 * (rgb[at + 1] ?? 0) + 0.114 * (rgb[at + 2] ?? 0));
      gray[y * area.width + x] = value;
      sum += value;
    }
  }
  if (lightOnly) {
    for (const [pixel, value] of gray.entries()) {
      gray[pixel] = 255 - Math.max(0, Math.min(255, ((value - dimmest) * 255) / (brightest - dimmest)));
    }
  } else if (sum / gray.length < 128) {
    for (const [pixel, value] of gray.entries()) gray[pixel] = 255 - value;
  }
  return gray;
}
