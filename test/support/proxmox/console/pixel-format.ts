/** How a client wants its pixels. */
export interface PixelFormat {
  readonly bits: number;
  readonly depth: number;
  readonly bigEndian: boolean;
  readonly trueColour: boolean;
  readonly max: readonly [number, number, number];
  readonly shift: readonly [number, number, number];
}

export const serverFormat: PixelFormat = {
  bits: 32,
  depth: 24,
  bigEndian: false,
  trueColour: true,
  max: [255, 255, 255],
  shift: [16, 8, 0],
};

export function readPixelFormat(bytes: Buffer): PixelFormat {
  return {
    bits: bytes.readUInt8(0),
    depth: bytes.readUInt8(1),
    bigEndian: bytes.readUInt8(2) !== 0,
    trueColour: bytes.readUInt8(3) !== 0,
    max: [bytes.readUInt16BE(4), bytes.readUInt16BE(6), bytes.readUInt16BE(8)],
    shift: [bytes.readUInt8(10), bytes.readUInt8(11), bytes.readUInt8(12)],
  };
}

export function writePixelFormat({ bits, depth, bigEndian, trueColour, max, shift }: PixelFormat): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.set([bits, depth, Number(bigEndian), Number(trueColour)]);
  max.forEach((value, index) => {
    bytes.writeUInt16BE(value, 4 + index * 2);
  });
  bytes.set(shift, 10);
  return bytes;
}

/** A colour of the screen in that format. */
export function writePixel(format: PixelFormat, colour: number): Buffer {
  const parts = [(colour >> 16) & 255, (colour >> 8) & 255, colour & 255];
  const value = parts.reduce(
    (sum, part, index) => sum + Math.floor((part * (format.max[index] ?? 0)) / 255) * 2 ** (format.shift[index] ?? 0),
    0,
  );
  const size = format.bits / 8;
  const bytes = Buffer.alloc(size);
  if (format.bigEndian) bytes.writeUIntBE(value, 0, size);
  else bytes.writeUIntLE(value, 0, size);
  return bytes;
}

/** ZRLE leaves out the byte that says nothing. */
export function writeCompactPixel(format: PixelFormat, colour: number): Buffer {
  const pixel = writePixel(format, colour);
  if (!format.trueColour || format.bits !== 32 || format.depth > 24) return pixel;
  const highest = Math.max(...format.max.map((value, index) => Math.log2(value + 1) + (format.shift[index] ?? 0)));
  const lowest = Math.min(...format.shift);
  if (highest <= 24) return format.bigEndian ? pixel.subarray(1) : pixel.subarray(0, 3);
  if (lowest >= 8) return format.bigEndian ? pixel.subarray(0, 3) : pixel.subarray(1);
  return pixel;
}
