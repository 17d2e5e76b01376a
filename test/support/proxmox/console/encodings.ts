import { constants, createDeflate, type Deflate } from 'node:zlib';
import { type PixelFormat, writeCompactPixel, writePixel } from './pixel-format.ts';
import type { Area, Screen } from './screen.ts';

export const encodingNumbers = { raw: 0, hextile: 5, zrle: 16, desktopSize: -223, extendedKeys: -258 } as const;

/** Writes areas of a screen in the encodings of one connection. */
export class Encoder {
  #deflate: Deflate | undefined;
  #output: Buffer[] = [];

  /** The best that the client offers, in its own order. */
  static choose(offered: readonly number[]): number {
    const known: readonly number[] = [encodingNumbers.zrle, encodingNumbers.hextile, encodingNumbers.raw];
    return offered.find(number => known.includes(number)) ?? encodingNumbers.raw;
  }

  async encode(encoding: number, screen: Screen, area: Area, format: PixelFormat): Promise<Buffer> {
    if (encoding === encodingNumbers.zrle) return this.#compress(zrleTiles(screen, area, format));
    if (encoding === encodingNumbers.hextile) return hextile(screen, area, format);
    return raw(screen, area, format);
  }

  close(): void {
    this.#deflate?.close();
  }

  /** One stream of zlib for the whole connection. */
  async #compress(data: Buffer): Promise<Buffer> {
    this.#deflate ??= createDeflate().on('data', (part: Buffer) => this.#output.push(part));
    const deflate = this.#deflate;
    deflate.write(data);
    await new Promise<void>(resolve => {
      deflate.flush(constants.Z_SYNC_FLUSH, () => resolve());
    });
    const packed = Buffer.concat(this.#output);
    this.#output = [];
    const length = Buffer.alloc(4);
    length.writeUInt32BE(packed.length);
    return Buffer.concat([length, packed]);
  }
}

function colours(screen: Screen, area: Area): number[] {
  const found: number[] = [];
  for (let y = area.y; y < area.y + area.height; y++) {
    for (let x = area.x; x < area.x + area.width; x++) found.push(screen.pixels[y * screen.width + x] ?? 0);
  }
  return found;
}

function raw(screen: Screen, area: Area, format: PixelFormat): Buffer {
  return writeAll(colours(screen, area), colour => writePixel(format, colour));
}

/** Most pixels have few colours: each is written once. */
function writeAll(list: readonly number[], write: (colour: number) => Buffer): Buffer {
  const known = new Map<number, Buffer>();
  return Buffer.concat(
    list.map(colour => {
      const bytes = known.get(colour) ?? write(colour);
      known.set(colour, bytes);
      return bytes;
    }),
  );
}

function* tiles(area: Area, size: number): Generator<Area> {
  for (let y = area.y; y < area.y + area.height; y += size) {
    for (let x = area.x; x < area.x + area.width; x += size) {
      yield { x, y, width: Math.min(size, area.x + area.width - x), height: Math.min(size, area.y + area.height - y) };
    }
  }
}

/** Tiles of 16: of one colour as background, else raw. */
function hextile(screen: Screen, area: Area, format: PixelFormat): Buffer {
  const parts: Buffer[] = [];
  let background: number | undefined;
  for (const tile of tiles(area, 16)) {
    const list = colours(screen, tile);
    const [first = 0] = list;
    if (!list.every(colour => colour === first)) {
      parts.push(
        Buffer.from([1]),
        writeAll(list, colour => writePixel(format, colour)),
      );
      background = undefined;
    } else if (background === first) parts.push(Buffer.from([0]));
    else {
      parts.push(Buffer.from([2]), writePixel(format, first));
      background = first;
    }
  }
  return Buffer.concat(parts);
}

/** Tiles of 64: of one colour, of two by a palette, else raw. */
function zrleTiles(screen: Screen, area: Area, format: PixelFormat): Buffer {
  const write = (colour: number) => writeCompactPixel(format, colour);
  const parts: Buffer[] = [];
  for (const tile of tiles(area, 64)) {
    const list = colours(screen, tile);
    const palette = [...new Set(list)];
    if (palette.length === 1) parts.push(Buffer.from([1]), write(palette[0] ?? 0));
    else if (palette.length === 2)
      parts.push(Buffer.from([2]), ...palette.map(write), packBits(list, palette[1] ?? 0, tile.width));
    else parts.push(Buffer.from([0]), writeAll(list, write));
  }
  return Buffer.concat(parts);
}

/** One bit per pixel; rows begin with a new byte. */
function packBits(list: readonly number[], second: number, width: number): Buffer {
  const rowBytes = Math.ceil(width / 8);
  const bytes = Buffer.alloc(rowBytes * (list.length / width));
  list.forEach((colour, index) => {
    const [row, column] = [Math.floor(index / width), index % width];
    const at = row * rowBytes + (column >> 3);
    if (colour === second) bytes[at] = (bytes[at] ?? 0) | (0x80 >> (column & 7));
  });
  return bytes;
}
