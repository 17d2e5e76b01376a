/** Bytes of the first Zstandard frame (RFC 8878): its header, blocks and checksum. At most the length of the buffer. */
export function zstdFrameLength(bytes: Buffer): number {
  if (bytes.length < 6) return bytes.length;
  const descriptor = bytes.readUInt8(4);
  const singleSegment = (descriptor & 0x20) !== 0;
  const contentSizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  let at = 5 + (singleSegment ? 0 : 1) + dictionaryBytes + contentSizeBytes;
  for (;;) {
    if (at + 3 > bytes.length) return bytes.length;
    const block = bytes.readUIntLE(at, 3);
    // A block that repeats one byte holds just that byte.
    at += 3 + (((block >> 1) & 3) === 1 ? 1 : block >> 3);
    if (block & 1) break;
  }
  return Math.min(bytes.length, at + ((descriptor & 4) !== 0 ? 4 : 0));
}
