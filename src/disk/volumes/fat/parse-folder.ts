export interface FatEntry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly isLabel: boolean;
  readonly cluster: number;
  readonly size: number;
}

const longName = 0x0f;
const deleted = 0xe5;
/** Where the 13 UTF-16 units of a long name stand in their entry. */
const unitOffsets = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];

/** The entries in the bytes of a FAT folder, without "." and "..": long names put together, short ones in their stored case. */
export function parseFolder(bytes: Buffer): FatEntry[] {
  const entries: FatEntry[] = [];
  let parts: string[] = [];
  for (let at = 0; at + 32 <= bytes.length; at += 32) {
    const first = bytes.readUInt8(at);
    if (first === 0) break;
    const attributes = bytes.readUInt8(at + 11);
    if (first !== deleted && (attributes & 0x3f) === longName) {
      // The parts of a long name stand before its entry, last part first.
      if ((first & 0x40) !== 0) parts = [];
      parts.unshift(readLongPart(bytes, at));
      continue;
    }
    const long = parts.join('');
    parts = [];
    if (first === deleted || first === 0x2e) continue;
    const isLabel = (attributes & 0x08) !== 0;
    entries.push({
      name: isLabel ? bytes.toString('latin1', at, at + 11).trim() : long || readShortName(bytes, at),
      isFolder: (attributes & 0x10) !== 0,
      isLabel,
      cluster: bytes.readUInt16LE(at + 20) * 65536 + bytes.readUInt16LE(at + 26),
      size: bytes.readUInt32LE(at + 28),
    });
  }
  return entries;
}

function readLongPart(bytes: Buffer, at: number): string {
  let text = '';
  for (const offset of unitOffsets) {
    const unit = bytes.readUInt16LE(at + offset);
    if (unit === 0 || unit === 0xffff) break;
    text += String.fromCharCode(unit);
  }
  return text;
}

function readShortName(bytes: Buffer, at: number): string {
  // 0x05 stands for a first character 0xE5, which would mean "deleted".
  const first = bytes.readUInt8(at) === 0x05 ? '\xe5' : bytes.toString('latin1', at, at + 1);
  const flags = bytes.readUInt8(at + 12);
  const stem = `${first}${bytes.toString('latin1', at + 1, at + 8)}`.trimEnd();
  const extension = bytes.toString('latin1', at + 8, at + 11).trimEnd();
  const casedStem = (flags & 0x08) !== 0 ? stem.toLowerCase() : stem;
  const casedExtension = (flags & 0x10) !== 0 ? extension.toLowerCase() : extension;
  return extension === '' ? casedStem : `${casedStem}.${casedExtension}`;
}
