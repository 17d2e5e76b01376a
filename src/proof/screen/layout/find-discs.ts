import type { Area, Disc } from './layout-facts.ts';
import type { Luminance } from './luminance.ts';

const angles = Array.from({ length: 24 }, (_, index) => {
  const angle = ((index + 0.5) * 2 * Math.PI) / 24;
  return { x: Math.cos(angle), y: Math.sin(angle) };
});
const mostFields = 6;

/** Discs above fields: where sign-in screens show the user. */
export function findDiscs(luminance: Luminance, fields: readonly Area[]): Disc[] {
  const { width, height } = luminance;
  const places = new Set<number>();
  const discs: Disc[] = [];
  for (const field of fields.slice(0, mostFields)) {
    const middle = Math.round(field.left + field.width / 2);
    for (const x of [middle, Math.round(width / 2)]) {
      const key = Math.round(x / 4);
      if (places.has(key) || Math.abs(x - middle) > width * 0.1) continue;
      places.add(key);
      const disc = findAt(luminance, x, Math.max(0, field.top - Math.round(height * 0.5)), field.top);
      if (disc) discs.push(disc);
    }
  }
  return discs;
}

function findAt(luminance: Luminance, x: number, from: number, to: number): Disc | undefined {
  const smallest = Math.max(16, Math.round(luminance.height * 0.028));
  const largest = Math.round(luminance.height * 0.16);
  for (let radius = largest; radius >= smallest; radius -= 1) {
    for (let y = from + radius; y < to - radius; y += 2) {
      if (isDisc(luminance, x, y, radius)) return { x, y, radius };
    }
  }
  return undefined;
}

// Brightness changes at the rim, all around, and is even inside of it or outside.
function isDisc({ width, values }: Luminance, x: number, y: number, radius: number): boolean {
  const at = (dx: number, dy: number, far: number): number =>
    values[Math.round(y + dy * far) * width + Math.round(x + dx * far)] ?? 0;
  let changes = 0;
  let misses = 0;
  const spread = [255, 0, 255, 0];
  for (const { x: dx, y: dy } of angles) {
    const inside = at(dx, dy, radius - 2);
    const outside = at(dx, dy, radius + 2);
    if (Math.abs(inside - outside) >= 8) changes++;
    else if (++misses > 1) return false;
    spread[0] = Math.min(spread[0] ?? 255, inside);
    spread[1] = Math.max(spread[1] ?? 0, inside);
    spread[2] = Math.min(spread[2] ?? 255, outside);
    spread[3] = Math.max(spread[3] ?? 0, outside);
  }
  const [low = 0, high = 0, lowOutside = 0, highOutside = 0] = spread;
  return changes >= angles.length - 1 && (high - low <= 16 || highOutside - lowOutside <= 16);
}
