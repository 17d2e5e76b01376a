import type { ByteReader } from '../byte-reader.ts';
import type { Area, Screen } from '../screen.ts';

/** Bytes of a pixel in the format that the client asks for: red, green, blue, and one that means nothing. */
export const pixelBytes = 4;

/** Row by row, so that no more than one is held. */
export async function decodeRaw(reader: ByteReader, screen: Screen, { x, y, width, height }: Area): Promise<void> {
  for (let row = 0; row < height; row++) {
    putPixels(screen, x, y + row, await reader.read(width * pixelBytes), pixelBytes);
  }
}

/** Writes pixels of so many bytes each into one row. */
export function putPixels(screen: Screen, x: number, y: number, pixels: Uint8Array, size: number): void {
  const { rgb } = screen;
  let place = screen.offset(x, y);
  for (let at = 0; at + 3 <= pixels.length; at += size) {
    rgb[place] = pixels[at] ?? 0;
    rgb[place + 1] = pixels[at + 1] ?? 0;
    rgb[place + 2] = pixels[at + 2] ?? 0;
    place += 3;
  }
}
