import type { Picture } from '../../model/picture.ts';
import type { GrayView } from './encode-gray.ts';
import { countColours } from './layout/count-colours.ts';

/** Pixels beyond which a picture is not enlarged any more. */
const largestWidth = 4000;
/** A screen with less than this of one colour may have a photo behind its text. */
const plainShare = 0.7;

/** The whole picture, and, where a photo may lie behind the text, its light letters only. */
export function listWholeViews(picture: Picture): [GrayView, ...GrayView[]] {
  const { width, height } = picture;
  const scale = width * 2 > largestWidth ? 1 : 2;
  const whole: GrayView = { area: { left: 0, top: 0, width, height }, scale, lightOnly: false };
  return countColours(picture).dominant.share < plainShare ? [whole, { ...whole, lightOnly: true }] : [whole];
}
