/** Something that can be read at any place: a file, a virtual disk, a partition of it. Offsets and lengths are bytes. */
export interface ByteReader {
  /** The file that a message should name. */
  readonly path: string;
  readonly size: number;
  /** Exactly `length` bytes; a Fault `invalid` when the range does not lie inside. */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Buffer>;
}
