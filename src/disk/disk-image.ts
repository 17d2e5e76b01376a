import type { ImageFormat, Obstacle } from '../model/image.ts';
import type { DiskLayer } from './disk-layer.ts';
import type { LocatedPiece } from './formats/format.ts';

/** A virtual disk opened read-only. All offsets and lengths are bytes. */
export interface DiskImage {
  readonly path: string;
  readonly format: ImageFormat;
  /** e.g. "dynamic", "fixed", "streamOptimized". */
  readonly variant?: string | undefined;
  /** Size of the disk that a guest sees. */
  readonly virtualSize: number;
  /** Size of the file that was named; extents and parents are not counted. */
  readonly fileSize: number;
  readonly sectorSize: number;
  /** Backing or parent files, nearest first. */
  readonly parents: readonly string[];
  /** This image and all that it stands on, nearest first, each as one file by itself. */
  readonly layers: readonly DiskLayer[];
  /** What already the format itself puts in the way of booting. */
  readonly obstacles: readonly Obstacle[];
  /**
   * Exactly `length` bytes of the virtual disk. Throws a Fault: `invalid` outside of the disk or where the file is damaged,
   * `not_found` where a missing parent would have to answer, `unsupported` where the content is encrypted.
   */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Buffer>;
  /**
   * Where the bytes from `offset` on come from, through all parents: at least 1 and at most `length` of them. An answer that is
   * at hand comes at once, without a promise. Throws as `read`.
   */
  locate(offset: number, length: number, signal?: AbortSignal): LocatedPiece | Promise<LocatedPiece>;
  /** Closes the file and all of its parents; safe to call twice. */
  close(): Promise<void>;
}
