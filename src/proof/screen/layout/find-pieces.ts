import type { Picture } from '../../../model/picture.ts';
import { findInkRows } from '../ink-rows.ts';
import type { Area } from './layout-facts.ts';

/** Pixels of another colour than the background that touch each other. */
export interface Piece extends Area {
  readonly pixels: number;
}

interface Run {
  readonly left: number;
  readonly right: number;
  readonly group: number;
}

interface Growing {
  left: number;
  top: number;
  right: number;
  bottom: number;
  pixels: number;
}

const mostRuns = 60_000;
/** Sum of the differences of red, green and blue. */
const different = 60;

/** The connected pieces on a plain background of the given colour (0xRRGGBB); nothing when there are too many. */
export function findPieces(picture: Picture, background: number): Piece[] {
  const { rgb, width, height } = picture;
  const [r, g, b] = [background >> 16, (background >> 8) & 255, background & 255];
  const groups: Growing[] = [];
  const parents: number[] = [];
  let above: Run[] = [];
  let runs = 0;
  const inkRows = findInkRows(picture);
  for (let y = 0; y < height; y++) {
    const row: Run[] = [];
    const first = y * width * 3;
    const isInk = (at: number): boolean =>
      Math.abs((rgb[at] ?? 0) - r) + Math.abs((rgb[at + 1] ?? 0) - g) + Math.abs((rgb[at + 2] ?? 0) - b) > different;
    // Most rows of a plain screen are of one colour.
    if (inkRows[y] === 0) {
      if (isInk(first)) row.push(joinRun(0, width - 1, y, above, groups, parents));
      above = row;
      continue;
    }
    for (let x = 0, start = -1; x <= width; x++) {
      const ink = x < width && isInk(first + x * 3);
      if (ink && start < 0) start = x;
      if (ink || start < 0) continue;
      row.push(joinRun(start, x - 1, y, above, groups, parents));
      start = -1;
    }
    runs += row.length;
    if (runs > mostRuns) return [];
    above = row;
  }
  return collect(groups, parents);
}

function findRoot(parents: number[], group: number): number {
  let root = group;
  for (let up = parents[root] ?? root; up !== root; up = parents[root] ?? root) root = up;
  parents[group] = root;
  return root;
}

function joinRun(
  left: number,
  right: number,
  y: number,
  above: readonly Run[],
  groups: Growing[],
  parents: number[],
): Run {
  let group = -1;
  for (const run of above) {
    if (run.left > right + 1) break;
    if (run.right < left - 1) continue;
    const root = findRoot(parents, run.group);
    if (group < 0) group = root;
    else parents[root] = group;
  }
  if (group < 0) {
    group = groups.length;
    parents.push(group);
    groups.push({ left, top: y, right, bottom: y, pixels: 0 });
  }
  const grown = groups[group];
  if (grown) grow(grown, { left, top: y, right, bottom: y, pixels: right - left + 1 });
  return { left, right, group };
}

function grow(one: Growing, other: Growing): void {
  one.left = Math.min(one.left, other.left);
  one.right = Math.max(one.right, other.right);
  one.top = Math.min(one.top, other.top);
  one.bottom = Math.max(one.bottom, other.bottom);
  one.pixels += other.pixels;
}

function collect(groups: readonly Growing[], parents: number[]): Piece[] {
  for (const [index, group] of groups.entries()) {
    const root = groups[findRoot(parents, index)];
    if (root && root !== group) grow(root, group);
  }
  return groups
    .filter((_, index) => findRoot(parents, index) === index)
    .map(({ left, top, right, bottom, pixels }) => ({
      left,
      top,
      width: right - left + 1,
      height: bottom - top + 1,
      pixels,
    }));
}
