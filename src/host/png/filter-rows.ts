const noFilter = 0;
const subFilter = 1;
const upFilter = 2;

/** Rows of 24-bit pixels with the filter that helps a quick compressor most: zeros where a row repeats, else differences. */
export function filterRows(rgb: Uint8Array, width: number, height: number): Buffer {
  const length = width * 3;
  const source = Buffer.from(rgb.buffer, rgb.byteOffset, rgb.byteLength);
  const filtered = Buffer.alloc((length + 1) * height);
  for (let y = 0; y < height; y++) {
    const start = y * length;
    const at = y * (length + 1);
    const repeats = y > 0 && source.compare(source, start, start + length, start - length, start) === 0;
    filtered[at] = repeats ? upFilter : width === 1 ? noFilter : subFilter;
    if (!repeats) subtractLeft(source, start, length, filtered, at + 1);
  }
  return filtered;
}

function subtractLeft(source: Buffer, start: number, length: number, target: Buffer, at: number): void {
  target[at] = source[start] as number;
  target[at + 1] = source[start + 1] as number;
  target[at + 2] = source[start + 2] as number;
  for (let offset = 3; offset < length; offset++) {
    target[at + offset] = (source[start + offset] as number) - (source[start + offset - 3] as number);
  }
}
