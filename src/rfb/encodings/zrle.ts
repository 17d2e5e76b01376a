import type { ByteReader } from '../byte-reader.ts';
import { protocolFault } from '../protocol-fault.ts';
import type { Area, Screen } from '../screen.ts';
import { ByteCursor } from './byte-cursor.ts';
import type { Inflater } from './inflater.ts';
import { putPixels } from './raw.ts';
import { readIndices } from './read-indices.ts';

const tileSide = 64;
/** Compressed pixels (CPIXEL) leave out the byte that means nothing. */
const cpixelBytes = 3;
const largestPalette = 127;

/** Tiles of 64 × 64 within one zlib stream: raw, of one colour, with a palette, or in runs. */
export async function decodeZrle(reader: ByteReader, screen: Screen, area: Area, inflater: Inflater): Promise<void> {
  const limit = measureLargest(area);
  const length = await reader.uint32();
  // What can not be compressed grows a little by being packed.
  if (length > 2 * limit + 1024) throw protocolFault(`${length} bytes for a rectangle`, { length, ...area });
  const cursor = new ByteCursor(await inflater.inflate(await reader.read(length), limit));
  for (let y = area.y; y < area.y + area.height; y += tileSide) {
    for (let x = area.x; x < area.x + area.width; x += tileSide) {
      const width = Math.min(tileSide, area.x + area.width - x);
      const height = Math.min(tileSide, area.y + area.height - y);
      decodeTile(cursor, screen, { x, y, width, height });
    }
  }
  if (cursor.left > 0) throw protocolFault('more data than its tiles have', { bytes: cursor.left });
}

/** The most bytes that tiles can take: runs of one pixel each, and a palette. */
function measureLargest({ width, height }: Area): number {
  const tiles = Math.ceil(width / tileSide) * Math.ceil(height / tileSide);
  return width * height * (cpixelBytes + 1) + tiles * (1 + largestPalette * cpixelBytes);
}

function decodeTile(cursor: ByteCursor, screen: Screen, tile: Area): void {
  const kind = cursor.byte();
  if (kind === 0) drawRaw(cursor, screen, tile);
  else if (kind === 1) screen.fill(tile, cursor.take(cpixelBytes));
  else if (kind <= 16) drawIndexed(cursor, screen, tile, kind);
  else if (kind === 128) drawRuns(cursor, screen, tile, undefined);
  else if (kind >= 130) drawRuns(cursor, screen, tile, cursor.take((kind - 128) * cpixelBytes));
  else throw protocolFault(`a tile of the unknown kind ${kind}`, { kind });
}

function drawRaw(cursor: ByteCursor, screen: Screen, { x, y, width, height }: Area): void {
  for (let row = 0; row < height; row++) {
    putPixels(screen, x, y + row, cursor.take(width * cpixelBytes), cpixelBytes);
  }
}

function drawIndexed(cursor: ByteCursor, screen: Screen, tile: Area, colours: number): void {
  const palette = cursor.take(colours * cpixelBytes);
  const bits = colours <= 2 ? 1 : colours <= 4 ? 2 : 4;
  for (let row = 0; row < tile.height; row++) {
    const indices = readIndices(cursor.take(Math.ceil((tile.width * bits) / 8)), tile.width, bits);
    for (const [column, index] of indices.entries()) {
      putColour(screen, tile.x + column, tile.y + row, palette, index);
    }
  }
}

function putColour(screen: Screen, x: number, y: number, palette: Uint8Array, index: number): void {
  const at = index * cpixelBytes;
  if (at >= palette.length) throw protocolFault(`the colour ${index} of fewer`, { index });
  const place = screen.offset(x, y);
  for (let byte = 0; byte < cpixelBytes; byte++) screen.rgb[place + byte] = palette[at + byte] ?? 0;
}

/** Runs go on over the end of a row, within the tile. Without a palette each names its colour, with one its place there. */
function drawRuns(cursor: ByteCursor, screen: Screen, tile: Area, palette: Uint8Array | undefined): void {
  const pixels = tile.width * tile.height;
  for (let done = 0; done < pixels; ) {
    const index = palette === undefined ? 0 : cursor.byte();
    const colour = palette ?? cursor.take(cpixelBytes);
    const long = palette === undefined || (index & 128) !== 0;
    const length = long ? readRunLength(cursor) : 1;
    if (length > pixels - done)
      throw protocolFault('a run beyond the end of its tile', { length, left: pixels - done });
    for (const end = done + length; done < end; done++) {
      const row = Math.floor(done / tile.width);
      putColour(screen, tile.x + (done - row * tile.width), tile.y + row, colour, index & 127);
    }
  }
}

/** One, and bytes that are added to it up to the first that is not 255. */
function readRunLength(cursor: ByteCursor): number {
  let length = 1;
  for (;;) {
    const byte = cursor.byte();
    length += byte;
    if (byte !== 255) return length;
  }
}
