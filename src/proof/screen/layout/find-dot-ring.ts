import type { Piece } from './find-pieces.ts';
import type { Area } from './layout-facts.ts';

const fewestDots = 4;
const mostDots = 9;

/** The circle of dots that turns while Windows is at work. `pieces` are those on a plain background. */
export function findDotRing(pieces: readonly Piece[], width: number, height: number): Area | undefined {
  const largest = Math.max(8, height / 60);
  const dots = pieces.filter(
    piece =>
      piece.width >= 2 &&
      piece.width <= largest &&
      Math.abs(piece.width - piece.height) <= 2 &&
      piece.pixels >= piece.width * piece.height * 0.5 &&
      Math.abs(piece.left + piece.width / 2 - width / 2) < width * 0.2,
  );
  const known = new Set<Piece>();
  for (const dot of dots) {
    if (known.has(dot)) continue;
    const cluster = growCluster(dot, dots, height * 0.06);
    for (const other of cluster) known.add(other);
    if (cluster.length < fewestDots || cluster.length > mostDots) continue;
    const ring = fitRing(cluster, height);
    if (ring && isInPlace(ring, width, height) && isClear(ring, cluster, pieces)) return ring;
  }
  return undefined;
}

// In the middle from left to right, and not at the top, where bars are.
function isInPlace(ring: Area, width: number, height: number): boolean {
  return Math.abs(ring.left + ring.width / 2 - width / 2) <= width * 0.03 && ring.top > height * 0.2;
}

// Nothing else is where they turn.
function isClear(ring: Area, dots: readonly Piece[], pieces: readonly Piece[]): boolean {
  return pieces.every(
    piece =>
      dots.includes(piece) ||
      piece.left > ring.left + ring.width ||
      piece.left + piece.width < ring.left ||
      piece.top > ring.top + ring.height ||
      piece.top + piece.height < ring.top,
  );
}

// Dots of one size that reach each other from one to the next; those of the letter i below are smaller.
function growCluster(first: Piece, dots: readonly Piece[], far: number): Piece[] {
  const cluster = [first];
  for (const one of cluster) {
    for (const other of dots) {
      const isAlike = other.pixels <= first.pixels * 1.7 && other.pixels * 1.7 >= first.pixels;
      const isNear = Math.hypot(one.left - other.left, one.top - other.top) <= far;
      if (isAlike && isNear && !cluster.includes(other)) cluster.push(other);
    }
    if (cluster.length > mostDots) break;
  }
  return cluster;
}

// The circle nearest to all dots by least squares; dots of text lie on no circle.
function fitRing(dots: readonly Piece[], height: number): Area | undefined {
  const points = dots.map(({ left, top, width, height: high }) => ({ x: left + width / 2, y: top + high / 2 }));
  const middle = {
    x: points.reduce((sum, { x }) => sum + x, 0) / points.length,
    y: points.reduce((sum, { y }) => sum + y, 0) / points.length,
  };
  let [uu, uv, vv, uuu, vvv, uvv, vuu] = [0, 0, 0, 0, 0, 0, 0];
  for (const { x, y } of points) {
    const [u, v] = [x - middle.x, y - middle.y];
    uu += u * u;
    uv += u * v;
    vv += v * v;
    uuu += u * u * u;
    vvv += v * v * v;
    uvv += u * v * v;
    vuu += v * u * u;
  }
  const determinant = uu * vv - uv * uv;
  if (Math.abs(determinant) < 1) return undefined;
  const u = ((uuu + uvv) * vv - (vvv + vuu) * uv) / (2 * determinant);
  const v = ((vvv + vuu) * uu - (uuu + uvv) * uv) / (2 * determinant);
  const radius = Math.sqrt(u * u + v * v + (uu + vv) / points.length);
  if (radius < height / 80 || radius > height / 10) return undefined;
  const [x, y] = [middle.x + u, middle.y + v];
  const worst = Math.max(...points.map(point => Math.abs(Math.hypot(point.x - x, point.y - y) - radius)));
  if (worst > Math.max(1.6, radius * 0.08)) return undefined;
  const size = Math.round(radius * 2);
  return { left: Math.round(x - radius), top: Math.round(y - radius), width: size, height: size };
}
