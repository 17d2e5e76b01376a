/** What one piece of compressed bytes becomes. */
const pieceSize = 4096;

/**
 * Content that NTFS compressed (LZNT1): pieces of 4 KiB, each with a head of two bytes. Gives exactly `size` bytes, the rest of them
 * zero; undefined when the bytes are damaged.
 */
export function decompressLznt1(bytes: Buffer, size: number): Buffer | undefined {
  const result = Buffer.alloc(size);
  let from = 0;
  for (let to = 0; to < size && from + 2 <= bytes.length; to += pieceSize) {
    const head = bytes.readUInt16LE(from);
    if (head === 0) break;
    const length = (head & 0xfff) + 1;
    from += 2;
    if (from + length > bytes.length) return undefined;
    const piece = bytes.subarray(from, from + length);
    const target = result.subarray(to, to + pieceSize);
    if ((head & 0x8000) === 0) piece.copy(target);
    else if (!unpackPiece(piece, target)) return undefined;
    from += length;
  }
  return result;
}

/** Each bit of a tag byte says whether a byte stands for itself, or two bytes for a place further back and a length. */
function unpackPiece(piece: Buffer, target: Buffer): boolean {
  let from = 0;
  let to = 0;
  while (from < piece.length) {
    const tags = piece[from++] ?? 0;
    for (let bit = 0; bit < 8 && from < piece.length; bit++) {
      if (to >= target.length) return false;
      if ((tags & (1 << bit)) === 0) {
        target[to++] = piece[from++] ?? 0;
        continue;
      }
      if (from + 2 > piece.length) return false;
      const pair = piece.readUInt16LE(from);
      from += 2;
      // The further the piece has come, the more of the 16 bits are for the place.
      const lengthBits = lengthBitsAt(to);
      const back = (pair >> lengthBits) + 1;
      const length = (pair & ((1 << lengthBits) - 1)) + 3;
      if (back > to || to + length > target.length) return false;
      // Byte by byte: it may copy what it has just written.
      for (let count = 0; count < length; count++, to++) target[to] = target[to - back] ?? 0;
    }
  }
  return true;
}

function lengthBitsAt(done: number): number {
  let bits = 12;
  for (let reach = 16; reach < done; reach *= 2) bits--;
  return bits;
}
