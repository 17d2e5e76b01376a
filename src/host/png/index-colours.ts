import { endianness } from 'node:os';
import { ColourTable } from './colour-table.ts';

/** A picture by its colours: `indices` has one byte for each pixel, `colours` the values 0xRRGGBB that they stand for. */
export interface IndexedPicture {
  readonly indices: Uint8Array;
  readonly colours: readonly number[];
}

const littleEndian = endianness() === 'LE';

/**
 * The colours of `rgb` in order of appearance, or nothing when there are more than 256. Four pixels are three words of 32
 * bits: where they are all of the colour before them, as most of a screen is, three comparisons do for them.
 */
export function indexColours(rgb: Uint8Array): IndexedPicture | undefined {
  const table = new ColourTable();
  const pixels = rgb.length / 3;
  // A copy begins where words may begin.
  const bytes = new Uint8Array(rgb);
  const words = new Int32Array(bytes.buffer, 0, bytes.length >> 2);
  const indices = new Uint8Array((pixels + 3) & ~3);
  const groups = new Uint32Array(indices.buffer);
  let last = ((bytes[0] ?? 0) << 16) | ((bytes[1] ?? 0) << 8) | (bytes[2] ?? 0);
  let index = table.find(last);
  let expected = spread(last);
  for (let group = 0, word = 0; group < groups.length; group++, word += 3) {
    const repeats = words[word] === expected.first && words[word + 1] === expected.second;
    if (repeats && words[word + 2] === expected.third && littleEndian) {
      groups[group] = index * 0x01010101;
      continue;
    }
    const before = last;
    const end = Math.min(group * 4 + 4, pixels);
    for (let pixel = group * 4, at = word * 4; pixel < end; pixel++, at += 3) {
      const colour = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
      if (colour !== last) {
        last = colour;
        index = table.recall(colour);
        if (index < 0) return undefined;
      }
      indices[pixel] = index;
    }
    if (last !== before) expected = spread(last);
  }
  return { indices: indices.subarray(0, pixels), colours: table.colours };
}

/** The three words of four pixels of one colour, in the order of bytes of most processors. */
function spread(colour: number): { first: number; second: number; third: number } {
  const [red, green, blue] = [colour >> 16, (colour >> 8) & 0xff, colour & 0xff];
  return {
    first: red | (green << 8) | (blue << 16) | (red << 24),
    second: green | (blue << 8) | (red << 16) | (green << 24),
    third: blue | (red << 8) | (green << 16) | (blue << 24),
  };
}
