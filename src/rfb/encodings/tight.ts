import type { ByteReader } from '../byte-reader.ts';
import { protocolFault } from '../protocol-fault.ts';
import type { Area, Screen } from '../screen.ts';
import { Inflater } from './inflater.ts';
import { putPixels } from './raw.ts';
import { readIndices } from './read-indices.ts';

/** Pixels (TPIXEL) leave out the byte that means nothing. */
const tpixelBytes = 3;
/** Less than this is not compressed. */
const leastCompressed = 12;
const kinds = { fill: 8, jpeg: 9 } as const;
const filters = { copy: 0, palette: 1, gradient: 2 } as const;

/** The four zlib streams that the Tight encoding goes on with. */
export type TightStreams = readonly [Inflater, Inflater, Inflater, Inflater];

export function makeTightStreams(): TightStreams {
  return [new Inflater(), new Inflater(), new Inflater(), new Inflater()];
}

/** One colour, or pixels that are compressed as they are, by a palette, or by their difference from their neighbours. */
export async function decodeTight(
  reader: ByteReader,
  screen: Screen,
  area: Area,
  streams: TightStreams,
): Promise<void> {
  const control = await reader.byte();
  for (const [index, stream] of streams.entries()) if (control & (1 << index)) stream.reset();
  const kind = control >> 4;
  if (kind === kinds.fill) return screen.fill(area, await reader.read(tpixelBytes));
  // Pictures with losses are sent only to those who have named a quality.
  if (kind > 7) throw protocolFault(kind === kinds.jpeg ? 'a JPEG picture' : `a compression ${kind}`, { kind });
  const stream = streams[kind & 3] ?? streams[0];
  const filter = kind & 4 ? await reader.byte() : filters.copy;
  if (filter === filters.copy) drawCopy(screen, area, await readData(reader, stream, area.width * tpixelBytes, area));
  else if (filter === filters.palette) await drawPalette(reader, screen, area, stream);
  else if (filter === filters.gradient) {
    drawGradient(screen, area, await readData(reader, stream, area.width * tpixelBytes, area));
  } else throw protocolFault(`the unknown filter ${filter}`, { filter });
}

function drawCopy(screen: Screen, { x, y, width, height }: Area, data: Uint8Array): void {
  for (let row = 0; row < height; row++) {
    const start = row * width * tpixelBytes;
    putPixels(screen, x, y + row, data.subarray(start, start + width * tpixelBytes), tpixelBytes);
  }
}

async function drawPalette(reader: ByteReader, screen: Screen, area: Area, stream: Inflater): Promise<void> {
  const colours = (await reader.byte()) + 1;
  const palette = await reader.read(colours * tpixelBytes);
  const bits = colours <= 2 ? 1 : 8;
  const rowBytes = Math.ceil((area.width * bits) / 8);
  const data = await readData(reader, stream, rowBytes, area);
  for (let row = 0; row < area.height; row++) {
    const indices = readIndices(data.subarray(row * rowBytes, (row + 1) * rowBytes), area.width, bits);
    for (const [column, index] of indices.entries()) {
      if (index >= colours) throw protocolFault(`the colour ${index} of ${colours}`, { index, colours });
      const place = screen.offset(area.x + column, area.y + row);
      for (let byte = 0; byte < tpixelBytes; byte++) {
        screen.rgb[place + byte] = palette[index * tpixelBytes + byte] ?? 0;
      }
    }
  }
}

/** What is sent is how far each value is from left + above - (left and above), which is kept between 0 and 255. */
function drawGradient(screen: Screen, { x, y, width, height }: Area, data: Uint8Array): void {
  let above = new Uint8Array((width + 1) * tpixelBytes);
  for (let row = 0; row < height; row++) {
    // One pixel more on the left, which is black as everything outside is.
    const current = new Uint8Array((width + 1) * tpixelBytes);
    for (let at = tpixelBytes; at < current.length; at++) {
      const left = current[at - tpixelBytes] ?? 0;
      const guess = left + (above[at] ?? 0) - (above[at - tpixelBytes] ?? 0);
      const difference = data[row * width * tpixelBytes + at - tpixelBytes] ?? 0;
      current[at] = Math.max(0, Math.min(255, guess)) + difference;
    }
    putPixels(screen, x, y + row, current.subarray(tpixelBytes), tpixelBytes);
    above = current;
  }
}

/** The rows of an area. A few bytes come as they are, others compressed with their length before them. */
async function readData(reader: ByteReader, stream: Inflater, rowBytes: number, { height }: Area): Promise<Uint8Array> {
  const size = rowBytes * height;
  if (size < leastCompressed) return reader.read(size);
  const length = await readLength(reader);
  if (length > 2 * size + 1024) throw protocolFault(`${length} bytes for ${size}`, { length, size });
  const data = await stream.inflate(await reader.read(length), size);
  if (data.length < size) throw protocolFault('less data than a rectangle needs', { wanted: size, left: data.length });
  return data;
}

/** 7, 7 and 8 bits, the lowest first; the highest bit of the first two tells that another follows. */
async function readLength(reader: ByteReader): Promise<number> {
  const first = await reader.byte();
  if (first < 128) return first;
  const second = await reader.byte();
  const low = (first & 127) | ((second & 127) << 7);
  return second < 128 ? low : low | ((await reader.byte()) << 14);
}
