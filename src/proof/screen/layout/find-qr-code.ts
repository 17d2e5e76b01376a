import type { Area } from './layout-facts.ts';
import type { Luminance } from './luminance.ts';

/** One of the three squares in the corners of a QR code. */
interface Finder {
  readonly x: number;
  readonly y: number;
  readonly module: number;
}

/** Finder patterns are three rows of pixels high at least. */
const rowStep = 3;
const mostFinders = 400;

/** The area of a QR code: three finder patterns (1:1:3:1:1 across and down) at three corners of a square. */
export function findQrCode(luminance: Luminance): Area | undefined {
  const finders: Finder[] = [];
  for (let y = 0; y < luminance.height && finders.length < mostFinders; y += rowStep) scanRow(luminance, y, finders);
  const corners = mergeFinders(finders);
  for (const corner of corners) {
    for (const right of corners) {
      for (const below of corners) {
        const area = toArea(corner, right, below);
        if (area) return area;
      }
    }
  }
  return undefined;
}

function scanRow(luminance: Luminance, y: number, finders: Finder[]): void {
  const { width, values } = luminance;
  const threshold = 150;
  const runs = [0, 0, 0, 0, 0];
  let bright = (values[y * width] ?? 0) >= threshold;
  let start = 0;
  for (let x = 1; x <= width; x++) {
    const now = x < width ? (values[y * width + x] ?? 0) >= threshold : !bright;
    if (now === bright) continue;
    runs.shift();
    runs.push(x - start);
    const module = toModule(runs);
    if (module > 0) {
      const total = runs.reduce((sum, run) => sum + run, 0);
      const middle = Math.round(x - total / 2);
      if (isFinderDown(luminance, middle, y, module, threshold)) finders.push({ x: middle, y, module });
    }
    bright = now;
    start = x;
  }
}

// The width of one module when the runs are 1:1:3:1:1, else zero.
function toModule(runs: readonly number[]): number {
  const module = runs.reduce((sum, run) => sum + run, 0) / 7;
  if (module < 1.4 || module > 24) return 0;
  const isNear = (run: number | undefined, modules: number): boolean =>
    Math.abs((run ?? 0) - modules * module) <= Math.max(0.9, module * 0.5);
  const [a, b, c, d, e] = runs;
  return isNear(a, 1) && isNear(b, 1) && isNear(c, 3) && isNear(d, 1) && isNear(e, 1) ? module : 0;
}

function isFinderDown(
  { width, height, values }: Luminance,
  x: number,
  y: number,
  module: number,
  threshold: number,
): boolean {
  const isBright = (row: number): boolean => (values[row * width + x] ?? 0) >= threshold;
  const inner = isBright(y);
  const walk = (direction: number): number[] => {
    const runs: number[] = [];
    let row = y;
    for (const bright of [inner, !inner, inner]) {
      const from = row;
      while (row >= 0 && row < height && isBright(row) === bright && Math.abs(row - from) < module * 5)
        row += direction;
      runs.push(Math.abs(row - from));
    }
    return runs;
  };
  const [up = 0, ringUp = 0, frameUp = 0] = walk(-1);
  const [down = 0, ringDown = 0, frameDown = 0] = walk(1);
  return toModule([frameUp, ringUp, up + down - 1, ringDown, frameDown]) > 0;
}

function mergeFinders(finders: readonly Finder[]): Finder[] {
  const merged: Finder[] = [];
  for (const finder of finders) {
    const isKnown = merged.some(
      ({ x, y, module }) => Math.hypot(finder.x - x, finder.y - y) < 5 * Math.max(module, finder.module),
    );
    if (!isKnown) merged.push(finder);
    if (merged.length > 24) break;
  }
  return merged;
}

function toArea(corner: Finder, right: Finder, below: Finder): Area | undefined {
  const across = right.x - corner.x;
  const down = below.y - corner.y;
  const module = Math.max(corner.module, right.module, below.module);
  const isSquare = Math.abs(across - down) <= 2 * module + 3 && across >= 12 * module;
  const isUpright = Math.abs(right.y - corner.y) <= 2 * module + 2 && Math.abs(below.x - corner.x) <= 2 * module + 2;
  const isAlike = Math.min(corner.module, right.module, below.module) >= module * 0.6;
  if (!isSquare || !isUpright || !isAlike) return undefined;
  const margin = 3.5 * corner.module;
  const left = Math.round(corner.x - margin);
  const top = Math.round(corner.y - margin);
  return { left, top, width: Math.round(across + 2 * margin), height: Math.round(down + 2 * margin) };
}
