/** A picture by its colours: `indices` has one byte for each pixel, `colours` the values 0xRRGGBB that they stand for. */
export interface IndexedPicture {
  readonly indices: Uint8Array;
  readonly colours: readonly number[];
}

const mostColours = 256;
/** Slots of the hash table; four for each colour that there may be, so that searches end soon. */
const slots = 1024;

/** The colours of a picture in order of appearance, or nothing when there are more than 256. */
export function indexColours(rgb: Uint8Array, width: number, height: number): IndexedPicture | undefined {
  const table = new ColourTable();
  const source = Buffer.from(rgb.buffer, rgb.byteOffset, rgb.byteLength);
  const indices = new Uint8Array(width * height);
  const length = width * 3;
  for (let y = 0; y < height; y++) {
    const start = y * length;
    // Blank rows are most of what a console shows.
    const repeats = y > 0 && source.compare(source, start - length, start, start, start + length) === 0;
    if (repeats) indices.copyWithin(y * width, (y - 1) * width, y * width);
    else if (!indexRow(source, start, indices, y * width, width, table)) return undefined;
  }
  return { indices, colours: table.colours };
}

function indexRow(
  source: Uint8Array,
  start: number,
  indices: Uint8Array,
  first: number,
  width: number,
  table: ColourTable,
): boolean {
  let last = -1;
  let index = 0;
  for (let pixel = first, at = start; pixel < first + width; pixel++, at += 3) {
    const colour = ((source[at] ?? 0) << 16) | ((source[at + 1] ?? 0) << 8) | (source[at + 2] ?? 0);
    // Most pixels look like their neighbour.
    if (colour !== last) {
      last = colour;
      index = table.find(colour);
      if (index < 0) return false;
    }
    indices[pixel] = index;
  }
  return true;
}

/** Numbers colours as they come; open addressing, since a Map takes several times as long. */
class ColourTable {
  readonly colours: number[] = [];
  readonly #keys = new Int32Array(slots).fill(-1);
  readonly #indices = new Uint8Array(slots);

  /** The colour's number, or -1 when it would be one too many. */
  find(colour: number): number {
    let slot = Math.imul(colour, 0x9e3779b1) >>> 22;
    while (this.#keys[slot] !== colour) {
      if (this.#keys[slot] === -1) return this.#add(colour, slot);
      slot = (slot + 1) % slots;
    }
    return this.#indices[slot] ?? -1;
  }

  #add(colour: number, slot: number): number {
    const index = this.colours.length;
    if (index === mostColours) return -1;
    this.#keys[slot] = colour;
    this.#indices[slot] = index;
    this.colours.push(colour);
    return index;
  }
}
