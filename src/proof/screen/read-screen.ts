import type { Picture } from '../../model/picture.ts';
import type { ReadingMethod } from '../../model/proof.ts';
import { findGrid } from './find-grid.ts';
import type { Grid } from './grid.ts';
import { findInkRows } from './ink-rows.ts';
import { type GlyphReading, readGlyphs } from './read-glyphs.ts';
import { readVgaText } from './read-vga-text.ts';

export interface ScreenReading {
  /** Rows of the screen without trailing blanks; without trailing empty rows. */
  readonly lines: string[];
  readonly method: ReadingMethod;
  /** Columns of the console that was read. */
  readonly columns: number;
  /** Share of the ink that was understood, from 0 to 1. */
  readonly confidence: number;
}

export const unreadScreen: ScreenReading = { lines: [], method: 'none', columns: 80, confidence: 0 };

/** Of the two-coloured cells that must be known letters before a reading counts. */
const acceptedShare = 0.9;

/** Reads screens one after the other; remembers where the console was. */
export class ScreenReader {
  #grid: Grid | undefined;

  /** Reads text that can be read exactly; `thorough` also looks for a console in unusual places (a tenth of a second or more). */
  read(picture: Picture, vgaText?: Uint8Array, thorough = false): ScreenReading {
    if (vgaText && vgaText.length >= 4000) return finish(readVgaText(vgaText), 'vga', 80, 1);
    const inkRows = findInkRows(picture);
    if (!inkRows.includes(1)) return unreadScreen;
    const grid = findGrid(picture, inkRows, this.#grid, thorough);
    if (!grid) return unreadScreen;
    const reading = readGlyphs(picture, inkRows, grid);
    if (!isText(reading)) return unreadScreen;
    this.#grid = grid;
    const confidence = reading.known / (reading.known + reading.unknown + reading.mixed);
    const columns = Math.floor((picture.width - grid.left) / grid.size.width);
    return finish(reading.lines, 'glyph', columns, confidence);
  }
}

/** Reads one screen: text memory first, then glyphs of known console fonts. */
export function readScreen(picture: Picture, vgaText?: Uint8Array): ScreenReading {
  return new ScreenReader().read(picture, vgaText, true);
}

// Frames and shades of a desktop can look like line-drawing letters, so ordinary signs must be there too.
function isText({ lines, known, unknown }: GlyphReading): boolean {
  if (known === 0 || known / (known + unknown) < acceptedShare) return false;
  const ordinary = lines.join('').match(/[!-~]|\p{L}/gu)?.length ?? 0;
  return ordinary >= known / 10;
}

function finish(rows: string[], method: ReadingMethod, columns: number, confidence: number): ScreenReading {
  // What a picture on the console left as unreadable cells is not text.
  const lines = rows.map(row => (/[^\s\ufffd]/.test(row) ? row : ''));
  const last = lines.findLastIndex(line => line !== '');
  return { lines: lines.slice(0, last + 1), method, columns, confidence };
}
