import type { ImageFormat, Obstacle } from '../../model/image.ts';
import type { DiskImage } from '../disk-image.ts';
import type { ByteReader } from '../source/byte-reader.ts';
import type { OpenFile } from '../source/open-file.ts';

/** Where the bytes of one stretch of the virtual disk come from. */
export type Piece =
  | { readonly kind: 'file'; readonly length: number; readonly source: ByteReader; readonly offset: number }
  | { readonly kind: 'bytes'; readonly length: number; readonly bytes: Buffer }
  | { readonly kind: 'zero'; readonly length: number }
  | { readonly kind: 'parent'; readonly length: number };

/** What a format makes of its file. `locate` says where the bytes at `offset` are, for at least 1 and at most `length` of them. */
export interface ImageLayout {
  readonly variant?: string | undefined;
  readonly virtualSize: number;
  readonly sectorSize: number;
  readonly parents: readonly string[];
  readonly obstacles: readonly Obstacle[];
  /** Answers for the pieces of kind "parent"; without it they can not be read. */
  readonly parent?: DiskImage | undefined;
  /** Further files to close with the image. */
  readonly files?: readonly { close(): Promise<void> }[] | undefined;
  locate(offset: number, length: number, signal?: AbortSignal): Promise<Piece>;
}

export interface FollowedParent {
  readonly parents: readonly string[];
  readonly obstacles: readonly Obstacle[];
  readonly image?: DiskImage | undefined;
}

export interface OpenContext {
  readonly signal?: AbortSignal | undefined;
  /** Opens the parent that an image names, relative to the image's folder. A missing one becomes an obstacle; a loop is a Fault. */
  followParent(childPath: string, name: string, format?: ImageFormat): Promise<FollowedParent>;
}

/** One image format: turns an open file into a layout, or throws a Fault `invalid` or `unsupported`. */
export interface FormatReader {
  readonly format: ImageFormat;
  open(file: OpenFile, context: OpenContext): Promise<ImageLayout>;
}
