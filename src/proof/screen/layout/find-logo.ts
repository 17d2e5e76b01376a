import type { Piece } from './find-pieces.ts';
import type { Area } from './layout-facts.ts';

/** A drawing in the middle of a plain screen: its large pieces together, when they stand in the middle. */
export function findLogo(pieces: readonly Piece[], width: number, height: number): Area | undefined {
  const large = pieces.filter(
    piece =>
      piece.height >= height * 0.035 &&
      piece.width >= width * 0.015 &&
      piece.pixels >= piece.width * piece.height * 0.12 &&
      piece.left > width * 0.2 &&
      piece.left + piece.width < width * 0.8,
  );
  if (large.length === 0 || large.length > 12) return undefined;
  const left = Math.min(...large.map(piece => piece.left));
  const top = Math.min(...large.map(piece => piece.top));
  const right = Math.max(...large.map(piece => piece.left + piece.width));
  const bottom = Math.max(...large.map(piece => piece.top + piece.height));
  const isCentred = Math.abs((left + right) / 2 - width / 2) <= width * 0.03;
  const isSmall = bottom - top <= height * 0.45 && right - left <= width * 0.45;
  return isCentred && isSmall ? { left, top, width: right - left, height: bottom - top } : undefined;
}
