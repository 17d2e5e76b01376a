import type { Picture } from '../../model/picture.ts';
import { blankCell, hashCell, mixedCell } from './cell.ts';
import type { Grid } from './grid.ts';
import { hasInk } from './ink-rows.ts';
import type { KnownFont } from './known-fonts.ts';

export interface GlyphReading {
  readonly lines: string[];
  /** Cells that hold a letter of the font. */
  readonly known: number;
  /** Cells of two colours that hold something else. */
  readonly unknown: number;
  /** Cells of three or more colours. */
  readonly mixed: number;
  readonly font: string;
}

interface InkCell {
  readonly row: number;
  readonly column: number;
  readonly hash: number;
}

const unreadable = '\ufffd';

/** Reads every cell of the grid with whichever font of that size knows most of them. */
export function readGlyphs(picture: Picture, inkRows: Uint8Array, grid: Grid): GlyphReading {
  const cells = collectCells(picture, inkRows, grid);
  const font = chooseFont(grid.size.fonts, cells);
  const rows = new Map<number, string[]>();
  let known = 0;
  let unknown = 0;
  let mixed = 0;
  for (const cell of cells) {
    const character = font?.glyphs.get(cell.hash) ?? readUnderCursor(picture, grid, cell, font);
    if (character === unreadable && cell.hash === mixedCell) mixed++;
    else if (character === unreadable) unknown++;
    else if (character !== ' ') known++;
    const row = rows.get(cell.row) ?? [];
    rows.set(cell.row, row);
    row[cell.column] = character;
  }
  const count = Math.floor((picture.height - grid.top) / grid.size.height);
  const lines = Array.from({ length: count }, (_, row) =>
    Array.from(rows.get(row) ?? [], letter => letter ?? ' ')
      .join('')
      .trimEnd(),
  );
  return { lines, known, unknown, mixed, font: font?.name ?? '' };
}

function collectCells(picture: Picture, inkRows: Uint8Array, grid: Grid): InkCell[] {
  const { width, height } = grid.size;
  const columns = Math.floor((picture.width - grid.left) / width);
  const cells: InkCell[] = [];
  for (let row = 0, top = grid.top; top + height <= picture.height; row++, top += height) {
    if (!hasInk(inkRows, top, height)) continue;
    for (let column = 0; column < columns; column++) {
      const hash = hashCell(picture, grid.left + column * width, top, width, height);
      if (hash !== blankCell) cells.push({ row, column, hash });
    }
  }
  return cells;
}

function chooseFont(fonts: readonly KnownFont[], cells: readonly InkCell[]): KnownFont | undefined {
  let best: { font: KnownFont; known: number } | undefined;
  for (const font of fonts) {
    let known = 0;
    for (const { hash } of cells) if (font.glyphs.has(hash)) known++;
    if (known > (best?.known ?? -1)) best = { font, known };
  }
  return best?.font;
}

/** An underline cursor covers the lower rows of a cell; without them the letter may be known. */
function readUnderCursor(picture: Picture, grid: Grid, cell: InkCell, font: KnownFont | undefined): string {
  const { width, height } = grid.size;
  for (const covered of [2, 3, 4].map(rows => Math.ceil((rows * height) / 16))) {
    const left = grid.left + cell.column * width;
    const top = grid.top + cell.row * height;
    const hash = hashCell(picture, left, top, width, height, height - covered);
    if (hash === blankCell) return ' ';
    const character = font?.glyphs.get(hash);
    if (character !== undefined) return character;
  }
  return unreadable;
}
