import type { Picture } from '../../model/picture.ts';

/** For every row of pixels whether it holds more than one colour; a row of text always does. */
export function findInkRows(picture: Picture): Uint8Array {
  const stride = picture.width * 3;
  const bytes = Buffer.from(picture.rgb.buffer, picture.rgb.byteOffset, picture.rgb.byteLength);
  const rows = new Uint8Array(picture.height);
  if (picture.width === 0) return rows;
  for (let y = 0; y < picture.height; y++) {
    const start = y * stride;
    // A row of one colour equals itself moved by one pixel; comparing memory is far quicker than looking at pixels.
    const same = bytes.compare(bytes, start, start + stride - 3, start + 3, start + stride) === 0;
    rows[y] = same ? 0 : 1;
  }
  return rows;
}

/** True when any of `height` rows from `top` on holds ink. */
export function hasInk(rows: Uint8Array, top: number, height: number): boolean {
  for (let y = top; y < top + height; y++) if (rows[y] === 1) return true;
  return false;
}
