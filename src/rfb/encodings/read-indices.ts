/** Places in a palette, packed into so many bits each from the highest bit of each byte on. */
export function readIndices(packed: Uint8Array, count: number, bits: number): Uint8Array {
  const indices = new Uint8Array(count);
  const perByte = 8 / bits;
  const mask = (1 << bits) - 1;
  for (let at = 0; at < count; at++) {
    const byte = packed[Math.floor(at / perByte)] ?? 0;
    indices[at] = (byte >> (8 - bits * ((at % perByte) + 1))) & mask;
  }
  return indices;
}
