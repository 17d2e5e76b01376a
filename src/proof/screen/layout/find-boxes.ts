import type { Edge } from './find-edges.ts';
import type { Area } from './layout-facts.ts';
import type { Luminance } from './luminance.ts';

/** How far the ends of two edges of one box may differ. */
const slack = 10;
/** Borders of one box lie this close to each other. */
const borderWidth = 6;
const lowest = 18;
const mostBoxes = 60;

export interface Boxes {
  readonly fields: Area[];
  readonly cards: Area[];
}

/** Boxes between edges of the same place and length: those as high as a line of text, and larger ones. */
export function findBoxes(luminance: Luminance, edges: readonly Edge[]): Boxes {
  const highestField = Math.max(64, luminance.height * 0.075);
  const found: Area[] = [];
  for (const [index, top] of edges.entries()) {
    if (top.right - top.left > luminance.width * 0.95) continue;
    const bottom = findBottom(edges, index, highestField);
    if (bottom) addBox(found, top, bottom, luminance);
    if (found.length >= mostBoxes) break;
  }
  return {
    fields: found.filter(({ height }) => height <= highestField),
    cards: found.filter(({ height, width }) => height > highestField && width >= luminance.width * 0.15),
  };
}

// The nearest edge below that fits; for a card that holds a line of the same width the lowest would be wrong as well.
function findBottom(edges: readonly Edge[], index: number, highestField: number): Edge | undefined {
  const top = edges[index];
  let last: Edge | undefined;
  for (let at = index + 1; top && at < edges.length; at++) {
    const edge = edges[at];
    if (!edge || edge.y - top.y < lowest) continue;
    if (Math.abs(edge.left - top.left) > slack || Math.abs(edge.right - top.right) > slack) continue;
    if (edge.y - top.y <= highestField) return edge;
    last ??= edge;
  }
  return last;
}

function addBox(found: Area[], top: Edge, bottom: Edge, luminance: Luminance): void {
  const left = Math.min(top.left, bottom.left);
  const right = Math.max(top.right, bottom.right);
  const box = { left, top: top.y, width: right - left, height: bottom.y - top.y };
  if (found.some(other => isSame(other, box)) || !hasSides(luminance, box)) return;
  found.push(box);
}

function isSame(one: Area, other: Area): boolean {
  const near = (a: number, b: number): boolean => Math.abs(a - b) <= borderWidth + slack;
  return (
    near(one.left, other.left) &&
    near(one.left + one.width, other.left + other.width) &&
    Math.abs(one.top - other.top) <= borderWidth &&
    Math.abs(one.top + one.height - other.top - other.height) <= borderWidth
  );
}

// Both sides show a change of brightness at nearly every height.
function hasSides(luminance: Luminance, box: Area): boolean {
  return hasSide(luminance, box, box.left) && hasSide(luminance, box, box.left + box.width);
}

function hasSide({ width, values }: Luminance, box: Area, x: number): boolean {
  const from = Math.max(0, x - 18);
  const to = Math.min(width - 1, x + 18);
  const step = Math.max(1, Math.floor(box.height / 12));
  let seen = 0;
  let changes = 0;
  for (let y = box.top + Math.floor(box.height / 4); y <= box.top + (box.height * 3) / 4; y += step) {
    let low = 255;
    let high = 0;
    for (let at = y * width + from; at <= y * width + to; at++) {
      low = Math.min(low, values[at] ?? 0);
      high = Math.max(high, values[at] ?? 0);
    }
    seen++;
    if (high - low >= 5) changes++;
  }
  return seen > 0 && changes >= seen * 0.8;
}
