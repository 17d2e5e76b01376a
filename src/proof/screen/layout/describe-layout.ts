import type { Picture } from '../../../model/picture.ts';
import { describePicture } from '../picture-facts.ts';
import { countColours } from './count-colours.ts';
import { findBoxes } from './find-boxes.ts';
import { findDiscs } from './find-discs.ts';
import { findDotRing } from './find-dot-ring.ts';
import { findEdges } from './find-edges.ts';
import { findLogo } from './find-logo.ts';
import { findPanels } from './find-panels.ts';
import { findPieces, type Piece } from './find-pieces.ts';
import { findQrCode } from './find-qr-code.ts';
import type { LayoutFacts } from './layout-facts.ts';
import { measureLuminance } from './luminance.ts';

/** With this share of one colour a screen counts as plain, and what stands on it is looked at piece by piece. */
const plainShare = 0.8;
/** Largest mouse pointer, in pixels. */
const pointerSize = 64;

/** Looks at shapes and colours only: some milliseconds, whatever the screen shows. */
export function describeLayout(picture: Picture): LayoutFacts {
  const { width, height } = picture;
  const colours = countColours(picture);
  const luminance = measureLuminance(picture);
  const edges = findEdges(luminance);
  const boxes = findBoxes(luminance, edges);
  // The screens that show one have hardly anything else.
  const qrCode = colours.dominant.share >= plainShare / 2 ? findQrCode(luminance) : undefined;
  const { blank } = describePicture(picture);
  const pieces = colours.dominant.share >= plainShare ? findPieces(picture, colours.dominant.colour) : [];
  const dotRing = findDotRing(pieces, width, height);
  const logo = findLogo(pieces, width, height);
  return {
    width,
    height,
    ...colours,
    blank,
    pointerOnly: !blank && !dotRing && colours.dominant.share > 0.99 && isPointer(pieces),
    panels: findPanels(luminance, edges),
    ...boxes,
    discs: findDiscs(luminance, boxes.fields),
    ...(qrCode && { qrCode }),
    ...(dotRing && { dotRing }),
    ...(logo && { logo }),
  };
}

function isPointer(pieces: readonly Piece[]): boolean {
  if (pieces.length === 0) return false;
  const left = Math.min(...pieces.map(piece => piece.left));
  const top = Math.min(...pieces.map(piece => piece.top));
  const right = Math.max(...pieces.map(piece => piece.left + piece.width));
  const bottom = Math.max(...pieces.map(piece => piece.top + piece.height));
  return right - left <= pointerSize && bottom - top <= pointerSize;
}
