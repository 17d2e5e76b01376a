import type { Picture } from '../../model/picture.ts';
import type { FontSize } from './known-fonts.ts';

/** Where the cells of a text console lie on a picture. */
export interface Grid {
  readonly size: FontSize;
  /** Pixels left of the first column. */
  readonly left: number;
  /** Pixels above the first row. */
  readonly top: number;
}

/** Columns and rows that consoles have when they do not fill the screen: those of UEFI's text modes. */
const centredConsoles = [
  [80, 25],
  [80, 50],
  [100, 31],
  [128, 40],
  [160, 42],
  [240, 56],
] as const;

/** GRUB's graphical terminal leaves this border. */
const grubBorder = 10;

/** The likely places of a grid of this cell size, best first. */
export function listLikelyGrids(picture: Picture, size: FontSize): Grid[] {
  const { width, height } = size;
  const places = new Map<string, Grid>();
  const add = (left: number, top: number): void => {
    if (left < 0 || top < 0) return;
    const grid = { size, left: left % width, top: top % height };
    places.set(`${grid.left},${grid.top}`, grid);
  };
  add(0, 0);
  for (const [columns, rows] of centredConsoles) {
    add(Math.floor((picture.width - columns * width) / 2), Math.floor((picture.height - rows * height) / 2));
  }
  add(grubBorder, grubBorder);
  add(Math.floor((picture.width % width) / 2), Math.floor((picture.height % height) / 2));
  return [...places.values()];
}
