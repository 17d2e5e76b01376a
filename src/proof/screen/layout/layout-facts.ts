/** A part of a screen, in pixels. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A bar along an edge of the screen. */
export interface Panel extends Area {
  readonly side: 'top' | 'bottom' | 'left';
}

/** Where a round picture of a user may be. */
export interface Disc {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** What a screen looks like, without reading it. */
export interface LayoutFacts {
  readonly width: number;
  readonly height: number;
  /** The most common colour (0xRRGGBB) and the share of the screen that has it, or nearly. */
  readonly dominant: { readonly colour: number; readonly share: number };
  /** Shares of pixels that are nearly black, and of those that are clearly blue. */
  readonly blackShare: number;
  readonly blueShare: number;
  /** Colours that cover a noticeable part: below ten for a screen of text, hundreds for a photo. */
  readonly colours: number;
  /** One colour, but for a text cursor at most. */
  readonly blank: boolean;
  /** One colour, but for something as small as a mouse pointer. */
  readonly pointerOnly: boolean;
  readonly panels: readonly Panel[];
  /** Boxes as high as one line of text: fields to type in, or buttons. */
  readonly fields: readonly Area[];
  /** Larger boxes: dialogs, windows, cards. */
  readonly cards: readonly Area[];
  readonly discs: readonly Disc[];
  readonly qrCode?: Area;
  /** Dots that stand in a circle, as while Windows is at work. */
  readonly dotRing?: Area;
  /** A drawing in the middle of an otherwise plain screen. */
  readonly logo?: Area;
}
