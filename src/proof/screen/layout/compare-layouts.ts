import type { Picture } from '../../../model/picture.ts';
import type { Area } from './layout-facts.ts';

/** What has moved between two pictures of a screen. */
export interface Movement {
  /** Everything that differs lies in here; absent when nothing does. */
  readonly area?: Area;
  /** True when it is as small as a spinner, and stands in the middle of the screen from left to right. */
  readonly spinner: boolean;
}

/** Tells whether the only movement is a spinner, which says that the guest is at work but not that it gets anywhere. */
export function compareLayouts(before: Picture, after: Picture): Movement {
  if (before.width !== after.width || before.height !== after.height) {
    return { area: { left: 0, top: 0, width: after.width, height: after.height }, spinner: false };
  }
  const area = findDifference(before, after);
  if (!area) return { spinner: false };
  const { width, height } = after;
  const isSmall = area.width <= height * 0.16 && area.height <= height * 0.16 && area.width >= 6;
  // A row of dots or of boxes that light up one after the other is wider than high.
  const isRow = area.width <= width * 0.3 && area.height <= height * 0.05 && area.width >= area.height * 2;
  const isCentred = Math.abs(area.left + area.width / 2 - width / 2) <= width * 0.06;
  return { area, spinner: isCentred && (isSmall || isRow) };
}

/** The spinner that moved between two pictures; undefined when something else moved, or nothing. */
export function findSpinner(before: Picture, after: Picture): Area | undefined {
  const { area, spinner } = compareLayouts(before, after);
  return spinner ? area : undefined;
}

function findDifference(before: Picture, after: Picture): Area | undefined {
  const stride = after.width * 3;
  const [one, other] = [toBuffer(before), toBuffer(after)];
  let [left, right, top, bottom] = [stride, -1, -1, -1];
  for (let y = 0; y < after.height; y++) {
    const start = y * stride;
    if (one.compare(other, start, start + stride, start, start + stride) === 0) continue;
    if (top < 0) top = y;
    bottom = y;
    let first = start;
    while (first < start + left && one[first] === other[first]) first++;
    left = Math.min(left, first - start);
    let last = start + stride - 1;
    while (last > start + right && one[last] === other[last]) last--;
    right = Math.max(right, last - start);
  }
  if (top < 0) return undefined;
  const [from, to] = [Math.floor(left / 3), Math.floor(right / 3)];
  return { left: from, top, width: to - from + 1, height: bottom - top + 1 };
}

function toBuffer({ rgb }: Picture): Buffer {
  return Buffer.from(rgb.buffer, rgb.byteOffset, rgb.byteLength);
}
