import { fileTime } from '../file-time.ts';

export interface IsoRecord {
  /** The plain name: with ";1" behind it, or one byte of 0 or 1 for the folder itself and the one above. */
  readonly rawName: Buffer;
  readonly isFolder: boolean;
  /** Another record for the same file follows, with its next part. */
  readonly goesOn: boolean;
  /** Parts of other files stand between the parts of it. */
  readonly isInterleaved: boolean;
  readonly start: number;
  readonly size: number;
  readonly modified: Date | undefined;
  /** What stands behind the name: the entries of Rock Ridge. */
  readonly systemUse: Buffer;
}

export const sector = 2048;

/** One record of a folder; undefined when it is none. */
export function parseRecord(record: Buffer): IsoRecord | undefined {
  if (record.length < 34) return undefined;
  const nameLength = record.readUInt8(32);
  if (nameLength === 0 || 33 + nameLength > record.length) return undefined;
  const flags = record.readUInt8(25);
  const after = 33 + nameLength + ((33 + nameLength) % 2);
  return {
    rawName: record.subarray(33, 33 + nameLength),
    isFolder: (flags & 2) !== 0,
    goesOn: (flags & 0x80) !== 0,
    isInterleaved: record.readUInt8(26) !== 0,
    start: (record.readUInt32LE(2) + record.readUInt8(1)) * sector,
    size: record.readUInt32LE(10),
    modified: shortTime(record, 18),
    systemUse: record.subarray(after),
  };
}

/** Seven bytes: years since 1900, month, day, hour, minute, second, and the zone in quarters of an hour from UTC. */
export function shortTime(bytes: Buffer, at: number): Date | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = bytes.subarray(at, at + 6);
  if (month < 1 || month > 12 || day === 0) return undefined;
  const zone = bytes.readInt8(at + 6);
  return fileTime(Date.UTC(1900 + year, month - 1, day, hour, minute - zone * 15, second));
}

/** The plain name: "README.TXT;1" is version 1 of a file; one without extension keeps its dot. */
export function plainName(rawName: Buffer, isJoliet: boolean): string {
  if (!isJoliet)
    return rawName
      .toString('latin1')
      .replace(/;\d+$/, '')
      .replace(/(?<=.)\.$/, '');
  const even = Buffer.from(rawName.subarray(0, rawName.length & ~1));
  return even.swap16().toString('utf16le').replace(/;\d+$/, '');
}

/** The records for the folder itself and for the one above. */
export function isDots({ rawName }: IsoRecord): boolean {
  return rawName.length === 1 && rawName.readUInt8(0) <= 1;
}
