import type { Obstacle } from '../../../model/image.ts';
import type { ImageLayout } from '../format.ts';

/** One part of a VMDK's disk; `locate` counts from the start of the part. */
export interface Extent {
  readonly size: number;
  readonly locate: ImageLayout['locate'];
  readonly obstacles?: readonly Obstacle[] | undefined;
  /** The extent's own file, when it is not that of the image. */
  readonly file?: { close(): Promise<void> } | undefined;
}
