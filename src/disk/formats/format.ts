import type { Allocation, ImageFormat, Obstacle } from '../../model/image.ts';
import type { ParentSearch } from '../chain/parent-search.ts';
import type { DiskImage } from '../disk-image.ts';
import type { LayerDetails, VerifyContext } from '../disk-layer.ts';
import type { ByteReader } from '../source/byte-reader.ts';
import type { OpenFile } from '../source/open-file.ts';
import type { TablePages } from '../source/table-pages.ts';

/** Where the bytes of one stretch of the virtual disk come from. */
export type Piece =
  | { readonly kind: 'file'; readonly length: number; readonly source: ByteReader; readonly offset: number }
  | { readonly kind: 'bytes'; readonly length: number; readonly bytes: Buffer }
  | { readonly kind: 'zero'; readonly length: number }
  | { readonly kind: 'parent'; readonly length: number };

/** Where they come from once parents have been asked: never from a parent any more. */
export type LocatedPiece = Exclude<Piece, { readonly kind: 'parent' }>;

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
  /** What only this format tells of the file. */
  readonly details?: LayerDetails | undefined;
  /** Counts the blocks; absent where there are none to count. */
  survey?(signal?: AbortSignal): Promise<Allocation>;
  /** Checks every structure of the file; reading the data is left to others. */
  verify?(context: VerifyContext): Promise<void>;
  /** Comes at once where all that is needed is at hand. */
  locate(offset: number, length: number, signal?: AbortSignal): Piece | Promise<Piece>;
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
  /** Finds and opens the parent that an image knows by an id and by places; Faults when there is none that fits. */
  findParent(search: ParentSearch): Promise<DiskImage>;
  /** Called by a format with the id of its file, before it opens anything else: throws when another one is wanted. */
  checkId(id: string): void;
  /** Memory for tables that all files of a chain share. */
  readonly pages: TablePages;
}

/** One image format: turns an open file into a layout, or throws a Fault `invalid` or `unsupported`. */
export interface FormatReader {
  readonly format: ImageFormat;
  open(file: OpenFile, context: OpenContext): Promise<ImageLayout>;
}
