import type { ByteReader } from '../source/byte-reader.ts';

export type ItemKind = 'file' | 'folder' | 'link' | 'other';

/** A part of a file's content: bytes that are there, or a hole that reads as zeros. */
export interface Stretch {
  readonly isHole: boolean;
  /** At least 1. */
  readonly length: number;
}

/** The content of one file, read in pieces of any size; `path` is that of the image. */
export interface FileContent extends ByteReader {
  /** False when no part of it is a hole. */
  readonly mayHaveHoles: boolean;
  /** More bytes than these can not be there, holes not counted: the volume has no room for them. */
  readonly mostData: number;
  /** What stands at `offset`, which must lie inside, and how far at least it goes on; never past the end. */
  stretch(offset: number, signal?: AbortSignal): Promise<Stretch>;
}

/** A file, a folder or whatever else a file system holds, under one of its names. */
export interface FileItem {
  readonly kind: ItemKind;
  /** The same for every name of one folder. */
  readonly id: number;
  /** Bytes of content; 0 for a folder. */
  readonly size: number;
  readonly modified?: Date | undefined;
  /** Where a link leads, in the words of its system. */
  readonly target?: string | undefined;
  /** Why a file has no content here, or a folder no entries: a sentence. */
  readonly obstacle?: string | undefined;
  /**
   * What is in a folder, without "." and "..", in the order of the disk and without keeping all of it in memory. Where a folder is
   * damaged, all that can be read comes first and then a Fault `invalid`.
   */
  readonly entries?: ((signal?: AbortSignal) => AsyncIterable<FolderEntry>) | undefined;
  readonly content?: ((signal?: AbortSignal) => Promise<FileContent>) | undefined;
}

export interface FolderEntry {
  readonly name: string;
  /** What the folder says; the item itself decides. */
  readonly isFolder: boolean;
  open(signal?: AbortSignal): Promise<FileItem>;
}

/**
 * A file system opened for reading. Paths begin with "/" and are split at "/"; symbolic links are followed inside of it. What is not
 * there is undefined; what is damaged is a Fault `invalid`.
 */
export interface FileSystem {
  /** What a reader of its files should know, as sentences: e.g. that it was in use. */
  readonly notes: readonly string[];
  /** The names in a path. */
  split(path: string): string[];
  /** The item at a path, whatever the size of the folders on the way. */
  find(path: string, signal?: AbortSignal): Promise<FileItem | undefined>;
  /** The entries of a folder, for inspection: one of hostile size is cut short, and damaged parts are left out. */
  list(path: string, signal?: AbortSignal): Promise<readonly FolderEntry[] | undefined>;
  /** The first `most` bytes of a file. */
  readFile(path: string, most: number, signal?: AbortSignal): Promise<Buffer | undefined>;
  /** A file to be read in part, for those that are too large to read whole. */
  openFile(path: string, signal?: AbortSignal): Promise<FileContent | undefined>;
}
