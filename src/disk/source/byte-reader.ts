/** Something that can be read at any place: a file, a virtual disk, a partition of it. Offsets and lengths are bytes. */
export interface ByteReader {
  /** The file that a message should name. */
  readonly path: string;
  readonly size: number;
  /** Exactly `length` bytes; a Fault `invalid` when the range does not lie inside. */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Buffer>;
  /** As `read`, into memory of the caller: all of `target` is filled. For whoever reads much and keeps his own memory. */
  readInto?(target: Buffer, offset: number, signal?: AbortSignal): Promise<void>;
  /**
   * As `readInto`, into `length` bytes of `target` from `start` on, and told by a callback: for whoever has a thread of his own
   * and reads so often that a promise for each time is felt. What the system has at hand is waited for, and `done` called
   * before this returns. It gets what went wrong.
   */
  fill?(target: Buffer, start: number, length: number, offset: number, done: (error?: unknown) => void): void;
}

/** Fills `target` from any reader. */
export async function readInto(
  reader: ByteReader,
  target: Buffer,
  offset: number,
  signal?: AbortSignal,
): Promise<void> {
  if (reader.readInto) return await reader.readInto(target, offset, signal);
  (await reader.read(offset, target.length, signal)).copy(target);
}

/** Fills a part of `target` from any reader and tells by a callback. */
export function fill(
  reader: ByteReader,
  target: Buffer,
  start: number,
  length: number,
  offset: number,
  done: (error?: unknown) => void,
): void {
  if (reader.fill) reader.fill(target, start, length, offset, done);
  else readInto(reader, target.subarray(start, start + length), offset).then(() => done(), done);
}
