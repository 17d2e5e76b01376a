import { dosTime } from '../file-time.ts';
import { oemText } from './oem-text.ts';

export interface FatEntry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly isLabel: boolean;
  readonly cluster: number;
  readonly size: number;
  readonly modified?: Date | undefined;
}

const longName = 0x0f;
const deleted = 0xe5;
/** Where the 13 UTF-16 units of a long name stand in their entry. */
const unitOffsets = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];

/** The entries in the bytes of a FAT folder, without "." and "..": long names put together, short ones in their stored case. */
export function parseFolder(bytes: Buffer): FatEntry[] {
  const entries: FatEntry[] = [];
  const long = new LongName();
  for (let at = 0; at + 32 <= bytes.length; at += 32) {
    const first = bytes.readUInt8(at);
    if (first === 0) break;
    const attributes = bytes.readUInt8(at + 11);
    if (first !== deleted && (attributes & 0x3f) === longName) {
      long.take(bytes, at);
      continue;
    }
    const name = long.end(bytes, at);
    if (first === deleted || isDots(bytes, at)) continue;
    const isLabel = (attributes & 0x08) !== 0;
    entries.push({
      name: isLabel ? oemText(bytes.subarray(at, at + 11)).trim() : (name ?? readShortName(bytes, at)),
      isFolder: (attributes & 0x10) !== 0,
      isLabel,
      cluster: bytes.readUInt16LE(at + 20) * 65536 + bytes.readUInt16LE(at + 26),
      size: bytes.readUInt32LE(at + 28),
      // FAT knows no time zones.
      modified: dosTime(bytes.readUInt16LE(at + 24), bytes.readUInt16LE(at + 22)),
    });
  }
  return entries;
}

/** Puts a long name together: its parts stand before the entry, last part first, and carry a sum of the short name. */
class LongName {
  #parts: string[] = [];
  #next = 0;
  #sum = 0;

  take(bytes: Buffer, at: number): void {
    const head = bytes.readUInt8(at);
    const number = head & 0x1f;
    const sum = bytes.readUInt8(at + 13);
    const isFirst = (head & 0x40) !== 0;
    if (!isFirst && (number !== this.#next || sum !== this.#sum)) {
      this.#forget();
      return;
    }
    this.#parts = isFirst ? [readLongPart(bytes, at)] : [readLongPart(bytes, at), ...this.#parts];
    this.#next = number - 1;
    this.#sum = sum;
  }

  /** The name that belongs to the entry; undefined when the parts before it belong to another one, or lack some. */
  end(bytes: Buffer, at: number): string | undefined {
    const name = this.#parts.join('');
    const belongs = name !== '' && this.#next === 0 && this.#sum === shortNameSum(bytes, at);
    this.#forget();
    return belongs ? name : undefined;
  }

  #forget(): void {
    this.#parts = [];
    this.#next = 0;
  }
}

function shortNameSum(bytes: Buffer, at: number): number {
  let sum = 0;
  for (const byte of bytes.subarray(at, at + 11)) sum = (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff;
  return sum;
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

function isDots(bytes: Buffer, at: number): boolean {
  const name = bytes.toString('latin1', at, at + 11);
  return name === '.          ' || name === '..         ';
}

function readShortName(bytes: Buffer, at: number): string {
  const raw = Buffer.from(bytes.subarray(at, at + 11));
  // 0x05 stands for a first character 0xE5, which would mean "deleted".
  if (raw.readUInt8(0) === 0x05) raw.writeUInt8(0xe5, 0);
  const flags = bytes.readUInt8(at + 12);
  const stem = oemText(raw.subarray(0, 8)).trimEnd();
  const extension = oemText(raw.subarray(8)).trimEnd();
  const casedStem = (flags & 0x08) !== 0 ? stem.toLowerCase() : stem;
  const casedExtension = (flags & 0x10) !== 0 ? extension.toLowerCase() : extension;
  return extension === '' ? casedStem : `${casedStem}.${casedExtension}`;
}
