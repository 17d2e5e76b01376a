import type { Luminance } from './luminance.ts';

/** A straight horizontal line where the picture becomes brighter or darker, as a box has two. */
export interface Edge {
  readonly y: number;
  readonly left: number;
  readonly right: number;
  readonly brighter: boolean;
}

/** Smallest step in brightness that counts: borders of dark themes are faint. */
const smallestStep = 5;
const shortest = 70;
/** Pixels looked at, and how many in a row may be missing. */
const stride = 2;
const mostMissing = 3;
const mostEdges = 2500;

/** Straight horizontal edges, from the top down. */
export function findEdges(luminance: Luminance): Edge[] {
  const edges: Edge[] = [];
  for (let y = 1; y < luminance.height && edges.length < mostEdges; y++) collectRow(luminance, y, edges);
  return edges;
}

function collectRow({ width, values }: Luminance, y: number, edges: Edge[]): void {
  const row = y * width;
  let sign = 0;
  let start = 0;
  let last = 0;
  for (let x = 0; x < width; x += stride) {
    const step = (values[row + x] ?? 0) - (values[row - width + x] ?? 0);
    const now = step >= smallestStep ? 1 : step <= -smallestStep ? -1 : 0;
    if (now === sign && now !== 0) last = x;
    if (now === sign || (now === 0 && x - last <= mostMissing * stride)) continue;
    if (sign !== 0 && last - start >= shortest) edges.push({ y, left: start, right: last, brighter: sign > 0 });
    sign = now;
    start = x;
    last = x;
  }
  if (sign !== 0 && last - start >= shortest) edges.push({ y, left: start, right: last, brighter: sign > 0 });
}
