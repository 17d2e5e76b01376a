import type { Allocation, ImageFormat, LayerLog, Obstacle, VerifyProblem } from '../model/image.ts';
import type { Piece } from './formats/format.ts';

/** What a format tells of one file beyond what all formats have. */
export interface LayerDetails {
  /** Bytes of one block. */
  readonly blockSize?: number | undefined;
  /** Changes with the content: the data-write GUID of a VHDX, the unique id of a VHD. Lower case with dashes. */
  readonly dataId?: string | undefined;
  /** The id that the parent must have. */
  readonly parentDataId?: string | undefined;
  readonly log?: LayerLog | undefined;
}

export interface VerifyContext {
  readonly signal?: AbortSignal | undefined;
  report(problem: VerifyProblem): void;
}

/** One file of a chain, by itself: its own pieces may be of kind "parent". */
export interface DiskLayer extends LayerDetails {
  readonly path: string;
  readonly format: ImageFormat;
  readonly variant?: string | undefined;
  readonly virtualSize: number;
  readonly fileSize: number;
  readonly sectorSize: number;
  /** Its own, without those of its parents. */
  readonly obstacles: readonly Obstacle[];
  readonly survey: ((signal?: AbortSignal) => Promise<Allocation>) | undefined;
  readonly verify: ((context: VerifyContext) => Promise<void>) | undefined;
  locate(offset: number, length: number, signal?: AbortSignal): Piece | Promise<Piece>;
}
