export interface ExtEntry {
  readonly name: string;
  readonly inode: number;
  readonly isFolder: boolean;
}

const mostEntries = 16_384;

/** The entries in the bytes of an ext folder, without "." and "..". An index of hashes looks like unused entries and is passed over. */
export function parseExtFolder(bytes: Buffer, hasFileTypes: boolean): ExtEntry[] {
  const entries: ExtEntry[] = [];
  for (let at = 0; at + 8 <= bytes.length && entries.length < mostEntries; ) {
    const inode = bytes.readUInt32LE(at);
    const length = bytes.readUInt16LE(at + 4);
    if (length < 8 || at + length > bytes.length) break;
    const nameLength = hasFileTypes ? bytes.readUInt8(at + 6) : bytes.readUInt16LE(at + 6);
    if (inode !== 0 && nameLength > 0 && nameLength <= length - 8) {
      const name = bytes.toString('utf8', at + 8, at + 8 + nameLength);
      const isFolder = hasFileTypes && bytes.readUInt8(at + 7) === 2;
      if (name !== '.' && name !== '..') entries.push({ name, inode, isFolder });
    }
    at += length;
  }
  return entries;
}
