import { constants, crc32, deflateSync } from 'node:zlib';
import { Fault } from '../../errors/fault.ts';
import { filterRows } from './filter-rows.ts';
import { type IndexedPicture, indexColours } from './index-colours.ts';
import { chooseDepth, packRows } from './pack-rows.ts';

/** A screen as captured: width × height × 3 bytes, row by row from the top left, without padding. */
export interface RgbPicture {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const trueColour = 2;
const palette = 3;

/**
 * PNG bytes of a picture, pixel for pixel: made for screens, whose few colours fit a palette, and for speed rather than size.
 * Faults: `invalid` for a picture without pixels or with too few bytes.
 */
export function encodePng(picture: RgbPicture): Buffer {
  const { width, height, rgb } = picture;
  if (!(width > 0 && height > 0) || rgb.length !== width * height * 3) {
    throw new Fault('invalid', `A picture of ${width} × ${height} pixels in ${rgb.length} bytes can not be written.`);
  }
  const indexed = indexColours(rgb);
  return indexed ? encodePalette(picture, indexed) : encodeTrueColour(picture);
}

function encodePalette({ width, height }: RgbPicture, { indices, colours }: IndexedPicture): Buffer {
  const depth = chooseDepth(colours.length);
  const entries = Buffer.alloc(colours.length * 3);
  for (const [index, colour] of colours.entries()) entries.writeUIntBE(colour, index * 3, 3);
  return assemble([
    ['IHDR', describe(width, height, depth, palette)],
    ['PLTE', entries],
    ['IDAT', compress(packRows(indices, width, height, depth))],
  ]);
}

function encodeTrueColour({ width, height, rgb }: RgbPicture): Buffer {
  return assemble([
    ['IHDR', describe(width, height, 8, trueColour)],
    ['IDAT', compress(filterRows(rgb, width, height))],
  ]);
}

// One piece: the default of 16 KiB costs more for being joined than the compression itself.
function compress(rows: Buffer): Buffer {
  return deflateSync(rows, { level: constants.Z_BEST_SPEED, chunkSize: Math.max(64, rows.length >> 2) });
}

function describe(width: number, height: number, depth: number, colourType: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Compression, filter method and interlacing stay 0: the only ones there are, and none.
  header[8] = depth;
  header[9] = colourType;
  return header;
}

function assemble(chunks: readonly (readonly [type: string, data: Buffer])[]): Buffer {
  const pieces = [...chunks, ['IEND', Buffer.alloc(0)] as const].flatMap(([type, data]) => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(data.length, 0);
    head.write(type, 4, 'latin1');
    const check = Buffer.alloc(4);
    check.writeUInt32BE(crc32(data, crc32(head.subarray(4))));
    return [head, data, check];
  });
  return Buffer.concat([signature, ...pieces]);
}
