const tables = makeTables();

function makeTables(): Uint32Array[] {
  const first = new Uint32Array(256);
  for (let index = 0; index < 256; index++) {
    let value = index;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
    first[index] = value >>> 0;
  }
  const all = [first];
  for (let table = 1; table < 4; table++) {
    const previous = all[table - 1] ?? first;
    all.push(previous.map(value => ((first[value & 255] ?? 0) ^ (value >>> 8)) >>> 0));
  }
  return all;
}

/** CRC-32C (Castagnoli), four bytes at a time; `previous` continues a sum over several buffers. */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  const [t0, t1, t2, t3] = tables as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  let crc = ~previous >>> 0;
  let at = 0;
  const look = (table: Uint32Array, index: number) => table[index & 255] ?? 0;
  for (; at + 4 <= bytes.length; at += 4) {
    crc ^= (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    crc = look(t3, crc) ^ look(t2, crc >>> 8) ^ look(t1, crc >>> 16) ^ look(t0, crc >>> 24);
  }
  for (; at < bytes.length; at++) crc = look(t0, crc ^ (bytes[at] ?? 0)) ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** CRC-32C of a structure whose own checksum field, four bytes at `field`, counts as zero. */
export function crc32cWithout(bytes: Buffer, field: number): number {
  const start = crc32c(bytes.subarray(0, field));
  return crc32c(bytes.subarray(field + 4), crc32c(new Uint8Array(4), start));
}
