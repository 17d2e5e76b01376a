import type { Picture } from '../../model/picture.ts';

/** A smaller difference in one of the three colours is not seen. */
const visible = 8;

/** The share of a screen's pixels that look different, from 0 to 1; 1 where the sizes differ. Counts no further than `enough`. */
export function measureChange(one: Picture, other: Picture, enough = 1): number {
  const { width, height } = one;
  if (width !== other.width || height !== other.height) return 1;
  const most = enough * width * height;
  let pixels = 0;
  for (let y = 0; y < height && pixels <= most; y++) pixels += countRow(one.rgb, other.rgb, y * width * 3, width * 3);
  return pixels / Math.max(1, width * height);
}

function countRow(one: Uint8Array, other: Uint8Array, start: number, length: number): number {
  const end = start + length;
  // Most rows are the same.
  if (Buffer.compare(one.subarray(start, end), other.subarray(start, end)) === 0) return 0;
  let pixels = 0;
  for (let at = start; at < end; at += 3) {
    if (differs(one, other, at) || differs(one, other, at + 1) || differs(one, other, at + 2)) pixels++;
  }
  return pixels;
}

function differs(one: Uint8Array, other: Uint8Array, at: number): boolean {
  return Math.abs((one[at] ?? 0) - (other[at] ?? 0)) >= visible;
}
