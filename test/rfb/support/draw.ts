import { constants, createDeflate } from 'node:zlib';

/** Colours of a picture, 0xRRGGBB, row by row. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly pixels: readonly number[];
}

export const bytesOf = (colour: number): number[] => [colour >> 16, (colour >> 8) & 255, colour & 255];
const at = ({ width, pixels }: Drawing, x: number, y: number) => pixels[y * width + x] ?? 0;

export function rgbOf({ pixels }: Drawing): Buffer {
  return Buffer.from(pixels.flatMap(bytesOf));
}

export function drawRaw({ pixels }: Drawing): Buffer {
  return Buffer.from(pixels.flatMap(colour => [...bytesOf(colour), 7]));
}

/** The parts that a picture is cut into, row by row. */
function cut(drawing: Drawing, side: number): Drawing[] {
  const parts: Drawing[] = [];
  for (let top = 0; top < drawing.height; top += side) {
    for (let left = 0; left < drawing.width; left += side) {
      const width = Math.min(side, drawing.width - left);
      const height = Math.min(side, drawing.height - top);
      const pixels = Array.from({ length: width * height }, (_, index) =>
        at(drawing, left + (index % width), top + Math.floor(index / width)),
      );
      parts.push({ width, height, pixels });
    }
  }
  return parts;
}

/** Tiles in turn: raw, with coloured parts, and with parts of one colour where two colours suffice. */
export function drawHextile(drawing: Drawing): Buffer {
  const tiles = cut(drawing, 16).map((tile, turn) => {
    const [background = 0] = tile.pixels;
    const others = tile.pixels.flatMap((colour, index) => (colour === background ? [] : [{ colour, index }]));
    const place = (index: number) => [((index % tile.width) << 4) | Math.floor(index / tile.width), 0];
    const colours = new Set(others.map(({ colour }) => colour));
    const pixel = (colour: number) => [...bytesOf(colour), 0];
    if (turn % 3 === 2) return Buffer.concat([Buffer.from([1]), drawRaw(tile)]);
    if (others.length === 0) return Buffer.from([2, ...pixel(background)]);
    if (colours.size === 1) {
      const parts = others.flatMap(({ index }) => place(index));
      return Buffer.from([2 | 4 | 8, ...pixel(background), ...pixel([...colours][0] ?? 0), others.length, ...parts]);
    }
    const parts = others.flatMap(({ colour, index }) => [...pixel(colour), ...place(index)]);
    return Buffer.from([2 | 8 | 16, ...pixel(background), others.length, ...parts]);
  });
  return Buffer.concat(tiles);
}

/** Runs of the same colour. */
function runs(pixels: readonly number[]): { colour: number; length: number }[] {
  const found: { colour: number; length: number }[] = [];
  for (const colour of pixels) {
    const last = found.at(-1);
    if (last?.colour === colour) last.length += 1;
    else found.push({ colour, length: 1 });
  }
  return found;
}

const lengthBytes = (length: number): number[] => [
  ...Array<number>(Math.floor((length - 1) / 255)).fill(255),
  (length - 1) % 255,
];

/** Each tile in the smallest way that its colours allow, but in runs at every other turn. */
export function drawZrle(drawing: Drawing): Buffer {
  const tiles = cut(drawing, 64).map((tile, turn) => {
    const palette = [...new Set(tile.pixels)];
    if (palette.length === 1) return [1, ...bytesOf(palette[0] ?? 0)];
    const table = palette.flatMap(bytesOf);
    if (turn % 2 === 1 && palette.length <= 127) {
      const steps = runs(tile.pixels).flatMap(({ colour, length }) => {
        const index = palette.indexOf(colour);
        return length === 1 ? [index] : [index | 128, ...lengthBytes(length)];
      });
      return [128 + palette.length, ...table, ...steps];
    }
    if (palette.length <= 16) return [palette.length, ...table, ...packIndices(tile, palette)];
    if (turn % 4 === 0) return [0, ...tile.pixels.flatMap(bytesOf)];
    return [128, ...runs(tile.pixels).flatMap(({ colour, length }) => [...bytesOf(colour), ...lengthBytes(length)])];
  });
  return Buffer.from(tiles.flat());
}

function packIndices({ width, height, pixels }: Drawing, palette: readonly number[]): number[] {
  const bits = palette.length <= 2 ? 1 : palette.length <= 4 ? 2 : 4;
  return Array.from({ length: height }, (_, row) => {
    const packed = Array<number>(Math.ceil((width * bits) / 8)).fill(0);
    for (let x = 0; x < width; x++) {
      const index = palette.indexOf(pixels[row * width + x] ?? 0);
      const byte = Math.floor((x * bits) / 8);
      packed[byte] = (packed[byte] ?? 0) | (index << (8 - bits - ((x * bits) % 8)));
    }
    return packed;
  }).flat();
}

export const tightLength = (length: number): number[] =>
  length < 128
    ? [length]
    : length < 16_384
      ? [(length & 127) | 128, length >> 7]
      : [(length & 127) | 128, ((length >> 7) & 127) | 128, length >> 14];

/** What the Tight encoding sends of a picture before it is compressed, by each of its filters. */
export function filterTight(
  drawing: Drawing,
  filter: 'copy' | 'palette' | 'gradient',
): { head: number[]; data: Buffer } {
  const { width, height, pixels } = drawing;
  if (filter === 'copy') return { head: [], data: rgbOf(drawing) };
  if (filter === 'palette') {
    const palette = [...new Set(pixels)];
    const head = [1, palette.length - 1, ...palette.flatMap(bytesOf)];
    const data = palette.length <= 2 ? packIndices(drawing, palette) : pixels.map(colour => palette.indexOf(colour));
    return { head, data: Buffer.from(data) };
  }
  const value = (x: number, y: number, byte: number) => (x < 0 || y < 0 ? 0 : (bytesOf(at(drawing, x, y))[byte] ?? 0));
  const data = Array.from({ length: width * height * 3 }, (_, index) => {
    const [byte, x, y] = [index % 3, Math.floor(index / 3) % width, Math.floor(index / 3 / width)];
    const guess = value(x - 1, y, byte) + value(x, y - 1, byte) - value(x - 1, y - 1, byte);
    return value(x, y, byte) - Math.max(0, Math.min(255, guess));
  });
  return { head: [2], data: Buffer.from(data) };
}

/** A zlib stream that goes on. */
export class Packer {
  readonly #deflate = createDeflate();
  #pieces: Buffer[] = [];

  constructor() {
    this.#deflate.on('data', piece => this.#pieces.push(piece as Buffer));
  }

  async pack(bytes: Uint8Array): Promise<Buffer> {
    this.#pieces = [];
    this.#deflate.write(bytes);
    await new Promise<void>(resolve => {
      this.#deflate.flush(constants.Z_SYNC_FLUSH, () => resolve());
    });
    return Buffer.concat(this.#pieces);
  }
}
