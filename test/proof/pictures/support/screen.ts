import type { VerdictState } from '../../../../src/model/verdict.ts';
import type { Canvas } from './canvas.ts';

/** A drawn screen, and what it should be taken for. */
export interface DrawnScreen {
  readonly name: string;
  readonly state: VerdictState;
  readonly canvas: Canvas;
}

export const sizes = [
  [800, 600],
  [1024, 768],
  [1280, 800],
  [1920, 1080],
] as const;

/** The size that comes next in turn, so that every state is drawn in several. */
export function pickSize(index: number): readonly [number, number] {
  return sizes[index % sizes.length] ?? sizes[0];
}
