/** A line of text and where it stands, in pixels of the screen. */
export interface TextBox {
  readonly text: string;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** From 0 to 1. */
  readonly confidence: number;
}
