import fc from 'fast-check';
import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { encodePng, type RgbPicture } from '../../../src/host/png/encode-png.ts';

const depthAt = 24;
const colourTypeAt = 25;

function decode(png: Buffer): RgbPicture {
  const { width, height, data } = PNG.sync.read(png);
  const rgb = Buffer.alloc(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) data.copy(rgb, pixel * 3, pixel * 4, pixel * 4 + 3);
  return { width, height, rgb };
}

/** A picture with exactly so many colours, where there are as many pixels. */
function paint(width: number, height: number, colours: number): RgbPicture {
  const rgb = Buffer.alloc(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) {
    rgb.writeUIntBE(((pixel % colours) * 65_537) & 0xffffff, pixel * 3, 3);
  }
  return { width, height, rgb };
}

/** Few or many colours, odd widths, rows that repeat and rows that do not. */
const pictures = fc
  .record({
    width: fc.integer({ min: 1, max: 70 }),
    height: fc.integer({ min: 1, max: 20 }),
    colours: fc.oneof(fc.integer({ min: 1, max: 18 }), fc.integer({ min: 250, max: 2000 })),
    repeated: fc.integer({ min: 0, max: 3 }),
    seed: fc.integer({ min: 0, max: 2 ** 31 }),
  })
  .map(({ width, height, colours, repeated, seed }) => {
    let state = seed | 1;
    const next = () => {
      state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x5bd1e995;
      return (state ^ (state >>> 13)) >>> 0;
    };
    const palette = Array.from({ length: colours }, () => next() & 0xffffff);
    const rgb = Buffer.alloc(width * height * 3);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) rgb.writeUIntBE(palette[next() % colours] ?? 0, (y * width + x) * 3, 3);
      if (y > 0 && next() % 4 < repeated) rgb.copyWithin(y * width * 3, (y - 1) * width * 3, y * width * 3);
    }
    return { width, height, rgb };
  });

describe('a PNG', () => {
  it('holds every pixel of any picture', () => {
    fc.assert(
      fc.property(pictures, picture => {
        const { width, height, rgb } = decode(encodePng(picture));
        expect([width, height]).toEqual([picture.width, picture.height]);
        expect(Buffer.compare(rgb, picture.rgb)).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    [1, 1],
    [2, 1],
    [3, 2],
    [4, 2],
    [5, 4],
    [16, 4],
    [17, 8],
    [256, 8],
  ])('of %i colours has a palette with %i bits for each pixel', (colours, depth) => {
    const picture = paint(31, 17, colours);
    const png = encodePng(picture);
    expect([png[depthAt], png[colourTypeAt]]).toEqual([depth, 3]);
    expect(Buffer.compare(decode(png).rgb, picture.rgb)).toBe(0);
  });

  it('of 257 colours has 24 bits for each pixel', () => {
    const picture = paint(31, 17, 257);
    const png = encodePng(picture);
    expect([png[depthAt], png[colourTypeAt]]).toEqual([8, 2]);
    expect(Buffer.compare(decode(png).rgb, picture.rgb)).toBe(0);
  });

  it('of a part of a larger buffer holds that part', () => {
    const whole = Buffer.alloc(3 * 12, 7);
    const picture = { width: 2, height: 3, rgb: whole.subarray(9, 27).fill(200) };
    expect(Buffer.compare(decode(encodePng(picture)).rgb, picture.rgb)).toBe(0);
  });

  it.each([
    [0, 5, 0],
    [5, 0, 0],
    [-1, -3, 9],
    [2, 2, 11],
    [2, 2, 13],
    [Number.NaN, 1, 3],
  ])('of %d × %d pixels in %i bytes is refused', (width, height, bytes) => {
    expect(() => encodePng({ width, height, rgb: new Uint8Array(bytes) })).toThrow(
      expect.objectContaining({ code: 'invalid' }),
    );
  });
});
