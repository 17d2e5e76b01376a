const tables = makeTables();

/** Eight tables of 256, one after the other: table `n` carries a byte over `n` further ones. */
function makeTables(): Int32Array {
  const all = new Int32Array(8 * 256);
  for (let index = 0; index < 256; index++) {
    let value = index;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
    all[index] = value;
  }
  for (let at = 256; at < all.length; at++) {
    const previous = all[at - 256] ?? 0;
    all[at] = (all[previous & 255] ?? 0) ^ (previous >>> 8);
  }
  return all;
}

/** CRC-32C (Castagnoli), eight bytes at a time; `previous` continues a sum over several buffers. */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  const table = tables;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let crc = ~previous;
  let at = 0;
  const look = (which: number, index: number) => table[which * 256 + (index & 255)] ?? 0;
  for (; at + 8 <= bytes.length; at += 8) {
    const low = crc ^ view.getInt32(at, true);
    const high = view.getInt32(at + 4, true);
    crc =
      look(7, low) ^
      look(6, low >>> 8) ^
      look(5, low >>> 16) ^
      look(4, low >>> 24) ^
      look(3, high) ^
      look(2, high >>> 8) ^
      look(1, high >>> 16) ^
      look(0, high >>> 24);
  }
  for (; at < bytes.length; at++) crc = look(0, crc ^ (bytes[at] ?? 0)) ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** CRC-32C of a structure whose own checksum field, four bytes at `field`, counts as zero. */
export function crc32cWithout(bytes: Buffer, field: number): number {
  const start = crc32c(bytes.subarray(0, field));
  return crc32c(bytes.subarray(field + 4), crc32c(new Uint8Array(4), start));
}
