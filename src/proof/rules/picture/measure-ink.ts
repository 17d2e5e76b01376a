import type { Picture } from '../../../model/picture.ts';
import type { Area } from '../../screen/layout/layout-facts.ts';

const step = 24;

/** The share of columns of an area in which brightness changes from pixel to pixel: letters and icons make it so. */
export function measureInk({ rgb, width, height }: Picture, area: Area): number {
  const left = Math.max(0, Math.round(area.left));
  const top = Math.max(1, Math.round(area.top));
  const right = Math.min(width, Math.round(area.left + area.width));
  const bottom = Math.min(height, Math.round(area.top + area.height));
  if (right <= left || bottom <= top) return 0;
  let columns = 0;
  for (let x = left; x < right; x++) {
    for (let y = top; y < bottom; y++) {
      const at = (y * width + x) * 3;
      const change = Math.abs((rgb[at + 1] ?? 0) - (rgb[at + 1 - width * 3] ?? 0));
      if (change < step) continue;
      columns++;
      break;
    }
  }
  return columns / (right - left);
}
