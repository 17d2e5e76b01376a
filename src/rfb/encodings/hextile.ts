import type { ByteReader } from '../byte-reader.ts';
import { protocolFault } from '../protocol-fault.ts';
import type { Area, Screen } from '../screen.ts';
import { decodeRaw, pixelBytes } from './raw.ts';

const tileSide = 16;
const flags = { raw: 1, background: 2, foreground: 4, subrectangles: 8, coloured: 16 } as const;

interface Colours {
  background: Uint8Array;
  foreground: Uint8Array;
}

/** Tiles of 16 × 16: raw, or a background with rectangles on it. Colours carry over from one tile to the next. */
export async function decodeHextile(reader: ByteReader, screen: Screen, area: Area): Promise<void> {
  const colours: Colours = { background: new Uint8Array(pixelBytes), foreground: new Uint8Array(pixelBytes) };
  for (let y = area.y; y < area.y + area.height; y += tileSide) {
    for (let x = area.x; x < area.x + area.width; x += tileSide) {
      const width = Math.min(tileSide, area.x + area.width - x);
      const height = Math.min(tileSide, area.y + area.height - y);
      await decodeTile(reader, screen, { x, y, width, height }, colours);
    }
  }
}

async function decodeTile(reader: ByteReader, screen: Screen, tile: Area, colours: Colours): Promise<void> {
  const flag = await reader.byte();
  if (flag & flags.raw) return decodeRaw(reader, screen, tile);
  if (flag & flags.background) colours.background = await reader.read(pixelBytes);
  if (flag & flags.foreground) colours.foreground = await reader.read(pixelBytes);
  screen.fill(tile, colours.background);
  if (!(flag & flags.subrectangles)) return;
  const coloured = (flag & flags.coloured) !== 0;
  const count = await reader.byte();
  const size = coloured ? pixelBytes + 2 : 2;
  const bytes = await reader.read(count * size);
  for (let at = 0; at < bytes.length; at += size) drawPart(screen, tile, bytes, at, coloured, colours.foreground);
}

/** A rectangle within a tile: where it begins, and its size less one, in half a byte each. */
function drawPart(screen: Screen, tile: Area, bytes: Buffer, at: number, coloured: boolean, foreground: Uint8Array) {
  const place = bytes[coloured ? at + pixelBytes : at] ?? 0;
  const size = bytes[coloured ? at + pixelBytes + 1 : at + 1] ?? 0;
  const part = { x: place >> 4, y: place & 15, width: (size >> 4) + 1, height: (size & 15) + 1 };
  if (part.x + part.width > tile.width || part.y + part.height > tile.height) {
    throw protocolFault('a part of a tile that is not in the tile', { ...part });
  }
  const area = { ...part, x: tile.x + part.x, y: tile.y + part.y };
  if (coloured) screen.fill(area, bytes, at);
  else screen.fill(area, foreground);
}
