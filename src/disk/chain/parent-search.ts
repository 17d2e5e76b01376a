import type { ImageFormat } from '../../model/image.ts';

/** What an image says of its parent. */
export interface ParentSearch {
  /** Path of the image that needs it. */
  readonly child: string;
  readonly format: ImageFormat;
  /** Names and paths as the image records them, often those of Windows, in the order in which they are to be tried. */
  readonly places: readonly string[];
  /** The parent's id is one of these. */
  readonly ids: readonly string[];
}
