/** A screen as captured: `rgb` holds width × height × 3 bytes, row by row from the top left, without padding. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}
