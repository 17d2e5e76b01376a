export type PixelDepth = 1 | 2 | 4 | 8;

/** Bits for each pixel that a palette of so many colours needs. */
export function chooseDepth(colours: number): PixelDepth {
  if (colours <= 2) return 1;
  if (colours <= 4) return 2;
  return colours <= 16 ? 4 : 8;
}

/** Rows as PNG wants them: a zero for "no filter", then the pixels with `depth` bits each, the first in the highest bits. */
export function packRows(indices: Uint8Array, width: number, height: number, depth: PixelDepth): Buffer {
  const source = Buffer.from(indices.buffer, indices.byteOffset, indices.byteLength);
  const stride = 1 + Math.ceil((width * depth) / 8);
  const packed = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++) {
    const start = y * width;
    const repeats = y > 0 && source.compare(source, start - width, start, start, start + width) === 0;
    if (repeats) packed.copyWithin(y * stride, (y - 1) * stride, y * stride);
    else packRow(source, start, width, depth, packed, y * stride + 1);
  }
  return packed;
}

function packRow(
  source: Uint8Array,
  start: number,
  width: number,
  depth: PixelDepth,
  packed: Uint8Array,
  first: number,
): void {
  const end = start + width;
  const whole = depth === 1 ? width >> 3 : 0;
  packWholeBytes(source, start, whole, packed, first);
  for (let pixel = start + whole * 8, at = first + whole; pixel < end; at++) {
    let byte = 0;
    // The last byte of a row may be filled in part only.
    for (let shift = 8 - depth; shift >= 0 && pixel < end; shift -= depth, pixel++) {
      byte |= (source[pixel] ?? 0) << shift;
    }
    packed[at] = byte;
  }
}

/** Two colours, as consoles have them, eight pixels at a time. */
function packWholeBytes(source: Uint8Array, start: number, count: number, packed: Uint8Array, first: number): void {
  for (let byte = 0, pixel = start; byte < count; byte++, pixel += 8) {
    const upper =
      ((source[pixel] ?? 0) << 3) |
      ((source[pixel + 1] ?? 0) << 2) |
      ((source[pixel + 2] ?? 0) << 1) |
      (source[pixel + 3] ?? 0);
    const lower =
      ((source[pixel + 4] ?? 0) << 3) |
      ((source[pixel + 5] ?? 0) << 2) |
      ((source[pixel + 6] ?? 0) << 1) |
      (source[pixel + 7] ?? 0);
    packed[first + byte] = (upper << 4) | lower;
  }
}
