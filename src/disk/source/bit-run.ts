/** How the bits of a byte are numbered: VHDX counts from the lowest one, VHD from the highest. */
export type BitOrder = 'lowest-first' | 'highest-first';

/** Whether bit `first` of a bitmap is set, and how many bits from there on (at most `count`, and no further than the end of `bits`) are the same. */
export function bitRun(bits: Uint8Array, first: number, count: number, order: BitOrder): { set: boolean; run: number } {
  const mask = (bit: number) => (order === 'lowest-first' ? 1 << (bit & 7) : 0x80 >> (bit & 7));
  const isSet = (bit: number) => ((bits[bit >> 3] ?? 0) & mask(bit)) !== 0;
  const end = Math.min(first + count, bits.length * 8);
  const set = isSet(first);
  const same = set ? 0xff : 0;
  let bit = first + 1;
  while (bit < end) {
    // Whole bytes at once: a run can be millions of sectors long.
    if ((bit & 7) === 0 && bits[bit >> 3] === same && bit + 8 <= end) bit += 8;
    else if (isSet(bit) === set) bit++;
    else break;
  }
  return { set, run: Math.min(bit, end) - first };
}
