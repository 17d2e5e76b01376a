import type { Picture } from '../../model/picture.ts';
import { blankCell, hashCell, mixedCell } from './cell.ts';
import type { Grid } from './grid.ts';
import { hasInk } from './ink-rows.ts';

/** How closely to look before a place is given up. */
export interface Effort {
  readonly rows: number;
  /** Shapes that may all be unknown. */
  readonly shapes: number;
}

const cellsPerRow = 24;

/** A quick look at a few rows: the share of shapes that are letters of any font of this size, from 0 to 1. */
export function sampleGrid(picture: Picture, inkRows: Uint8Array, grid: Grid, effort: Effort): number {
  const { width, height, shapes } = grid.size;
  const columns = Math.floor((picture.width - grid.left) / width);
  const tops: number[] = [];
  for (let top = grid.top; top + height <= picture.height; top += height)
    if (hasInk(inkRows, top, height)) tops.push(top);
  const step = Math.max(1, tops.length / effort.rows);
  let known = 0;
  let seen = 0;
  for (let index = 0; index < tops.length; index += step) {
    const top = tops[Math.floor(index)] ?? 0;
    let inRow = 0;
    for (let column = 0; column < columns && inRow < cellsPerRow; column++) {
      const hash = hashCell(picture, grid.left + column * width, top, width, height);
      if (hash === blankCell) continue;
      inRow++;
      if (hash === mixedCell) continue;
      seen++;
      if (shapes.has(hash)) known++;
    }
    if (seen >= effort.shapes && known === 0) return 0;
  }
  return seen === 0 ? 0 : known / seen;
}
