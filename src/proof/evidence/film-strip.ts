import type { Picture } from '../../model/picture.ts';
import { drawTime, measureTime, timeHeight } from './draw-time.ts';
import { shrinkPicture } from './shrink-picture.ts';

/** A picture made small, with the seconds since the start. */
export interface Frame {
  readonly picture: Picture;
  readonly at: number;
}

const frameWidth = 240;
const frameHeight = 180;
const gap = 8;
const framesInRow = 8;
const cellWidth = frameWidth + gap;
const cellHeight = frameHeight + timeHeight + 2 * gap;
const background = 0x20;

/** The pictures of a proof side by side. Only small copies are kept, so that a long proof needs little memory. */
export class FilmStrip {
  readonly frames: Frame[] = [];

  add(picture: Picture, at: number): void {
    const small = shrinkPicture(picture, frameWidth, frameHeight);
    // One that fits already belongs to the caller, who may write over it.
    this.frames.push({ at, picture: small === picture ? { ...small, rgb: Uint8Array.from(small.rgb) } : small });
  }

  /** All of them in rows, the time below each; undefined when there are none. */
  draw(): Picture | undefined {
    if (this.frames.length === 0) return undefined;
    const columns = Math.min(framesInRow, this.frames.length);
    const width = columns * cellWidth + gap;
    const height = Math.ceil(this.frames.length / framesInRow) * cellHeight + gap;
    const strip: Picture = { width, height, rgb: new Uint8Array(width * height * 3).fill(background) };
    for (const [index, frame] of this.frames.entries()) {
      const left = gap + (index % framesInRow) * cellWidth;
      const top = gap + Math.floor(index / framesInRow) * cellHeight;
      drawFrame(strip, frame, left, top);
    }
    return strip;
  }
}

function drawFrame(strip: Picture, { picture, at }: Frame, left: number, top: number): void {
  const x = left + ((frameWidth - picture.width) >> 1);
  const y = top + ((frameHeight - picture.height) >> 1);
  for (let row = 0; row < picture.height; row++) {
    const from = row * picture.width * 3;
    strip.rgb.set(picture.rgb.subarray(from, from + picture.width * 3), ((y + row) * strip.width + x) * 3);
  }
  const text = `${at.toFixed(1)}s`;
  drawTime(strip, text, left + ((frameWidth - measureTime(text)) >> 1), top + frameHeight + gap);
}
