import type { Picture } from '../model/picture.ts';
import { protocolFault } from './protocol-fault.ts';

/** A part of the screen. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Wider and higher than the largest screens there are (8K), so that no server can have more memory than that taken. */
const longestSide = 16_384;
const mostPixels = 7680 * 4320;

/** What the server has shown so far, and which pixels it has shown at all. */
export class Screen {
  readonly width: number;
  readonly height: number;
  /** Width × height × 3 bytes. */
  readonly rgb: Uint8Array;
  #shown: Uint8Array;
  #missing: number;

  /** Throws the Fault of a server that tells a size that no screen has. */
  constructor(width: number, height: number) {
    if (width > longestSide || height > longestSide || width * height > mostPixels) {
      throw protocolFault(`a screen of ${width} × ${height} pixels`, { width, height });
    }
    this.width = width;
    this.height = height;
    this.rgb = new Uint8Array(width * height * 3);
    this.#shown = new Uint8Array(width * height);
    this.#missing = width * height;
  }

  /** True once each pixel has been shown since the last `forget`. */
  get complete(): boolean {
    return this.#missing === 0;
  }

  /** What is shown from here on is new. */
  forget(): void {
    this.#shown.fill(0);
    this.#missing = this.width * this.height;
  }

  /** Throws for an area that is not on the screen. */
  require({ x, y, width, height }: Area): void {
    if (x + width <= this.width && y + height <= this.height) return;
    throw protocolFault(`a rectangle that is not on the screen`, {
      x,
      y,
      width,
      height,
      screen: [this.width, this.height],
    });
  }

  /** Notes that these pixels have been drawn. */
  markShown({ x, y, width, height }: Area): void {
    if (this.complete) return;
    for (let row = y; row < y + height; row++) {
      const start = row * this.width + x;
      for (let at = start; at < start + width; at++) {
        if (this.#shown[at] === 1) continue;
        this.#shown[at] = 1;
        this.#missing -= 1;
      }
    }
  }

  /** Where the first byte of a pixel stands. */
  offset(x: number, y: number): number {
    return (y * this.width + x) * 3;
  }

  /** Fills an area with one colour, the three bytes of `colour` from `at` on. The area must be on the screen. */
  fill({ x, y, width, height }: Area, colour: Uint8Array, at = 0): void {
    if (width === 0 || height === 0) return;
    const first = this.offset(x, y);
    const bytes = width * 3;
    for (let place = first; place < first + bytes; place += 3) {
      this.rgb[place] = colour[at] ?? 0;
      this.rgb[place + 1] = colour[at + 1] ?? 0;
      this.rgb[place + 2] = colour[at + 2] ?? 0;
    }
    for (let row = 1; row < height; row++) this.rgb.copyWithin(this.offset(x, y + row), first, first + bytes);
  }

  /** Copies an area to another place, which may overlap it. Both must be on the screen. */
  copy(fromX: number, fromY: number, { x, y, width, height }: Area): void {
    for (let step = 0; step < height; step++) {
      // Upwards from the top, downwards from the bottom: no row is overwritten before it is copied.
      const row = fromY < y ? height - 1 - step : step;
      const from = this.offset(fromX, fromY + row);
      this.rgb.copyWithin(this.offset(x, y + row), from, from + width * 3);
    }
  }

  picture(): Picture {
    return { width: this.width, height: this.height, rgb: this.rgb.slice() };
  }
}
