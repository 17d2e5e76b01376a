const mostColours = 256;
/** Slots of the hash table; four for each colour that there may be, so that searches end soon. */
const slots = 1024;

/** Numbers colours (0xRRGGBB) as they come; open addressing, since a Map takes several times as long. */
export class ColourTable {
  readonly colours: number[] = [];
  readonly #keys = new Int32Array(slots).fill(-1);
  readonly #indices = new Uint8Array(slots);

  #last = -1;
  #lastIndex = -1;
  #former = -1;
  #formerIndex = -1;

  /** As `find`, quicker for text, which goes back and forth between two colours. */
  recall(colour: number): number {
    if (colour === this.#last) return this.#lastIndex;
    const index = colour === this.#former ? this.#formerIndex : this.find(colour);
    this.#former = this.#last;
    this.#formerIndex = this.#lastIndex;
    this.#last = colour;
    this.#lastIndex = index;
    return index;
  }

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
