import type { Picture } from '../../../model/picture.ts';
import type { LayoutFacts } from './layout-facts.ts';

type ColourFacts = Pick<LayoutFacts, 'dominant' | 'blackShare' | 'blueShare' | 'colours'>;

/** Sixteen shades of each of red, green and blue. */
const bins = 4096;
/** Of the pixels looked at, a colour has at least this share to be counted. */
const noticeable = 0.0005;

/** Counts the colours of every third pixel of every third row. */
export function countColours(picture: Picture): ColourFacts {
  const { rgb, width, height } = picture;
  const counts = new Uint32Array(bins);
  let black = 0;
  let blue = 0;
  let seen = 0;
  for (let y = 1; y < height; y += 3) {
    for (let at = (y * width + 1) * 3, end = (y + 1) * width * 3; at < end; at += 9) {
      const r = rgb[at] ?? 0;
      const g = rgb[at + 1] ?? 0;
      const b = rgb[at + 2] ?? 0;
      const bin = ((r >> 4) << 8) | ((g >> 4) << 4) | (b >> 4);
      counts[bin] = (counts[bin] ?? 0) + 1;
      seen++;
      if (r < 24 && g < 24 && b < 24) black++;
      else if (b > 90 && b > r + 40 && b > g) blue++;
    }
  }
  if (seen === 0) return { dominant: { colour: 0, share: 0 }, blackShare: 0, blueShare: 0, colours: 0 };
  return {
    dominant: findDominant(counts, seen),
    blackShare: black / seen,
    blueShare: blue / seen,
    colours: countNoticeable(counts, seen),
  };
}

function countNoticeable(counts: Uint32Array, seen: number): number {
  let colours = 0;
  for (const count of counts) if (count > seen * noticeable) colours++;
  return colours;
}

function findDominant(counts: Uint32Array, seen: number): LayoutFacts['dominant'] {
  let best = 0;
  for (let bin = 0; bin < bins; bin++) if ((counts[bin] ?? 0) > (counts[best] ?? 0)) best = bin;
  const [r, g, b] = [best >> 8, (best >> 4) & 15, best & 15];
  let near = 0;
  // A colour between two shades falls into both.
  for (let bin = 0; bin < bins; bin++) {
    const far = Math.max(Math.abs((bin >> 8) - r), Math.abs(((bin >> 4) & 15) - g), Math.abs((bin & 15) - b));
    if (far <= 1) near += counts[bin] ?? 0;
  }
  return { colour: (r << 20) | (8 << 16) | (g << 12) | (8 << 8) | (b << 4) | 8, share: near / seen };
}
