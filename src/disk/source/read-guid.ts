/** A GUID in Microsoft's mixed-endian layout, in lower case with dashes. */
export function readGuid(bytes: Buffer, offset: number): string {
  const hex = (from: number, to: number) => bytes.toString('hex', offset + from, offset + to);
  const first = bytes.readUInt32LE(offset).toString(16).padStart(8, '0');
  const second = bytes
    .readUInt16LE(offset + 4)
    .toString(16)
    .padStart(4, '0');
  const third = bytes
    .readUInt16LE(offset + 6)
    .toString(16)
    .padStart(4, '0');
  return `${first}-${second}-${third}-${hex(8, 10)}-${hex(10, 16)}`;
}
