import type { Picture } from '../../model/picture.ts';

const columns = 80;
const rows = 25;
const pageBytes = columns * rows * 2;
const rowBytes = columns * 2;
/** Cells that may differ: the cursor, and what has changed between picture and memory. */
const leastTolerated = 4;
const toleratedShare = 0.1;

/** Characters of one colour all over besides zero and the blank: the full block, and the blank that does not break. */
const fillers = new Set([0xdb, 0xff]);

/** Whether a picture can be the 80 × 25 text mode: 9 (or 8) × 16 pixels a character. */
export function isTextGeometry({ width, height }: { width: number; height: number }): boolean {
  return height === 400 && (width === 720 || width === 640);
}

/**
 * Finds the page in text memory that the picture shows: Linux scrolls by moving where the screen begins, so that it is
 * not always the first. A page fits when equal characters look equal and blanks are empty, whatever the font is.
 */
export function findTextPage(picture: Picture, memory: Buffer): Buffer | undefined {
  const shapes = readShapes(picture);
  const inked = shapes.reduce((count, shape) => (shape === 0 ? count : count + 1), 0);
  const limit = Math.max(leastTolerated, Math.floor(inked * toleratedShare)) + 1;
  let best: { offset: number; misses: number } | undefined;
  for (let offset = 0; offset + pageBytes <= memory.length; offset += rowBytes) {
    const misses = countMisses(shapes, memory, offset, best?.misses ?? limit);
    if (misses < (best?.misses ?? limit)) best = { offset, misses };
    if (misses === 0) break;
  }
  return best && Buffer.from(memory.subarray(best.offset, best.offset + pageBytes));
}

/** A number for the look of each cell, the same for the same look in other colours; 0 for an empty one. */
function readShapes({ width, rgb }: Picture): Int32Array {
  const cellWidth = width / columns;
  const cellHeight = 400 / rows;
  const shapes = new Int32Array(columns * rows);
  for (let cell = 0; cell < shapes.length; cell += 1) {
    const left = (cell % columns) * cellWidth;
    const top = Math.floor(cell / columns) * cellHeight;
    shapes[cell] = hashCell(rgb, (top * width + left) * 3, width * 3, cellWidth, cellHeight);
  }
  return shapes;
}

function hashCell(rgb: Uint8Array, start: number, stride: number, width: number, height: number): number {
  let hash = 0;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = start + y * stride + x * 3;
      const isInk = rgb[at] !== rgb[start] || rgb[at + 1] !== rgb[start + 1] || rgb[at + 2] !== rgb[start + 2];
      if (isInk) hash = (Math.imul(hash, 31) + y * 16 + x + 1) | 0;
    }
  }
  return hash;
}

function countMisses(shapes: Int32Array, memory: Buffer, offset: number, limit: number): number {
  const seen = new Map<number, number>([
    [0x00, 0],
    [0x20, 0],
  ]);
  let misses = 0;
  for (let cell = 0; cell < shapes.length && misses < limit; cell += 1) {
    const character = memory[offset + cell * 2] ?? 0;
    const shape = shapes[cell] ?? 0;
    const attribute = memory[offset + cell * 2 + 1] ?? 0;
    // Ink in the colour of the ground cannot be seen, whatever the character.
    const isHidden = (attribute & 0x0f) === ((attribute >> 4) & 0x0f);
    const known = isHidden ? 0 : seen.get(character);
    if (known === undefined && (shape !== 0 || fillers.has(character))) seen.set(character, shape);
    else if (known !== shape) misses += 1;
  }
  return misses;
}
