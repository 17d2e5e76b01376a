import type { Picture } from '../../model/picture.ts';
import { type Grid, listLikelyGrids } from './grid.ts';
import { listFontSizes } from './known-fonts.ts';
import { type Effort, sampleGrid } from './sample-grid.ts';

/** With this share of known letters in the sample the search ends. */
const convincing = 0.9;
const worthReading = 0.5;

const closely: Effort = { rows: 10, shapes: 40 };
const quickly: Effort = { rows: 4, shapes: 12 };
/** Sizes looked for everywhere. */
const commonSizes = 3;

/**
 * Finds the cells of a text console on a picture: where it was before, then in the usual places, then, when `thorough`,
 * everywhere. Gives nothing for a picture that shows no known font.
 */
export function findGrid(
  picture: Picture,
  inkRows: Uint8Array,
  before: Grid | undefined,
  thorough: boolean,
): Grid | undefined {
  let best: { grid: Grid; score: number } | undefined;
  const isConvincing = (grids: Iterable<Grid>, effort: Effort): boolean => {
    for (const grid of grids) {
      const score = sampleGrid(picture, inkRows, grid, effort);
      if (score > (best?.score ?? 0)) best = { grid, score };
      if (score >= convincing) return true;
    }
    return false;
  };
  const sizes = listFontSizes();
  const likely = sizes.flatMap(size => listLikelyGrids(picture, size));
  if (!isConvincing(before ? [before, ...likely] : likely, closely) && thorough) {
    for (const size of sizes.slice(0, commonSizes)) if (isConvincing(listAllGrids(size), quickly)) break;
  }
  return best && best.score >= worthReading ? best.grid : undefined;
}

function* listAllGrids(size: Grid['size']): Generator<Grid> {
  for (let top = 0; top < size.height; top++) {
    for (let left = 0; left < size.width; left++) yield { size, left, top };
  }
}
